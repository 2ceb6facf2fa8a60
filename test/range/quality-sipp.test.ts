import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { systemClock } from "../../agent/io/clock.ts";
import { silentLog } from "../../agent/io/log.ts";
import { openUdp } from "../../agent/io/udp/udp.ts";
import { QualityWatch } from "../../agent/quality/quality-watch.ts";
import { diagnose } from "../../diagnosis/diagnose.ts";
import { thresholdsFrom } from "../../diagnosis/thresholds.ts";
import type { Observation } from "../../protocol/observation.ts";

const missing = spawnSync("sipp", ["-v"]).error !== undefined;
const skip = missing ? "sipp is not installed" : false;
const calls = 20;

const scenario = `<?xml version="1.0" encoding="ISO-8859-1" ?>
<scenario name="publish">
  <send retrans="500"><![CDATA[
PUBLISH sip:collector@[remote_ip]:[remote_port] SIP/2.0
Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=[branch]
From: <sip:1001@pbx.example>;tag=[call_number]
To: <sip:collector@[remote_ip]>
Call-ID: [call_id]
CSeq: 1 PUBLISH
Contact: <sip:1001@[local_ip]:[local_port]>
Max-Forwards: 70
Event: vq-rtcpxr
Content-Type: application/vq-rtcpxr
Content-Length: [len]

VQSessionReport: CallTerm
CallID: [call_id]
LocalID: <sip:1001@pbx.example>
RemoteID: <sip:1002@pbx.example>
LocalMAC: 80:5e:c0:01:00:01
LocalMetrics:
PacketLoss:NLR=5.5 JDR=0.0
Delay:RTD=40 IAJ=7
QualityEst:MOSCQ=3.1
RemoteMetrics:
PacketLoss:NLR=0.0 JDR=0.0
QualityEst:MOSCQ=4.3
]]></send>
  <recv response="200" crlf="true"/>
</scenario>
`;

for (const transport of ["u1", "t1"] as const)
  test(
    `${calls} reports of sipp (${transport}) are answered, and their phone is named`,
    { skip },
    async (t) => {
      const seen: Observation[] = [];
      const watch = new QualityWatch({
        io: { openUdp, clock: systemClock },
        log: silentLog,
        poorBelow: 3.6,
        onObservations: (observations) => seen.push(...observations),
      });
      await watch.start({ address: "127.0.0.1", port: 0 });
      const folder = mkdtempSync(join(tmpdir(), "offhook-sipp-"));
      t.after(() => rmSync(folder, { recursive: true, force: true }));
      const file = join(folder, "publish.xml");
      writeFileSync(file, scenario);
      const place = `127.0.0.1:${watch.status?.port ?? 0}`;
      const words = [
        "-sf",
        file,
        "-i",
        "127.0.0.1",
        "-t",
        transport,
        "-m",
        `${calls}`,
        "-r",
        "50",
        "-nostdin",
        place,
      ];
      const sipp = spawn("sipp", words, { cwd: folder, stdio: "ignore", timeout: 20_000 });
      const [code] = (await once(sipp, "exit")) as [number | null];
      await watch.stop();
      assert.equal(code, 0);
      assert.equal(watch.status?.reports, calls);
      const last = seen.findLast(({ key }) => key === "calls.hour.poor");
      assert.equal(last?.value, calls);
      const findings = diagnose(seen, thresholdsFrom({}).thresholds, Date.now());
      assert.deepEqual(
        findings.map(({ rule, subject }) => `${rule} ${subject}`),
        ["VQ1 phone:805ec0010001"],
      );
    },
  );
