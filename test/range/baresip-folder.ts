import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

export interface BaresipOptions {
  /** Parameters of its account, such as `;mediaenc=srtp-mand`. */
  readonly more?: string;
  /** With it TLS is served as well, at port 5061; PEM. */
  readonly tls?: { readonly key: string; readonly cert: string };
}

/** Config files of a baresip that listens at an address, answers each call, and echoes its audio. */
export function baresipFolder(
  t: { after(done: () => void): void },
  address: string,
  { more = "", tls }: BaresipOptions = {},
): string {
  const folder = mkdtempSync(join(tmpdir(), "offhook-baresip-"));
  t.after(() => rmSync(folder, { recursive: true }));
  const certificate = join(folder, "certificate.pem");
  if (tls !== undefined) writeFileSync(certificate, `${tls.key}\n${tls.cert}\n`, { mode: 0o600 });
  const config = [
    `sip_listen ${address}:5060`,
    ...(tls === undefined ? [] : [`sip_certificate ${certificate}`]),
    "audio_player aubridge,nil",
    "audio_source aubridge,nil",
    "audio_alert aubridge,nil",
    "ausrc_srate 8000",
    "auplay_srate 8000",
    "ausrc_channels 1",
    "auplay_channels 1",
    "rtp_ports 41000-41100",
    "module_path /usr/lib/baresip/modules",
    "module g711.so",
    "module srtp.so",
    "module aubridge.so",
    "module_tmp account.so",
    "module_app echo.so",
  ];
  writeFileSync(join(folder, "config"), config.map((line) => `${line}\n`).join(""));
  writeFileSync(
    join(folder, "accounts"),
    `<sip:echo@${address}:5060>;regint=0;audio_codecs=PCMU/8000/1,PCMA/8000/1${more}\n`,
  );
  writeFileSync(join(folder, "contacts"), "");
  return folder;
}
