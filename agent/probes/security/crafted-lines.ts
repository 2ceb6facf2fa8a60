/** A line of a log whose meaning is known, with an address of its own. */
interface CraftedLine {
  readonly about: string;
  readonly address: string;
  readonly line: string;
  /** A filter must count it; else it must not. */
  readonly failure: boolean;
}

/** What Asterisk logs around logins; none for filters of others, whose lines their scripts decide. */
export function craftedLines(filter: string): CraftedLine[] {
  if (!filter.includes("asterisk")) return [];
  return events.map(({ about, failure, write }, at) => {
    const address = `192.0.2.${at + 1}`;
    return { about, failure, address, line: `[2026-01-15 12:00:0${at}] ${write(address)}` };
  });
}

/** As res_security_log writes it. */
function security(event: string, address: string): string {
  const fields = [
    `SecurityEvent="${event}"`,
    'EventTV="2026-01-15T12:00:00.000+0000"',
    `Severity="${event === "ChallengeSent" || event === "SuccessfulAuth" ? "Informational" : "Error"}"`,
    'Service="PJSIP"',
    'EventVersion="1"',
    'AccountID="1001"',
    'SessionID="a1b2c3"',
    'LocalAddress="IPV4/UDP/192.0.2.200/5060"',
    `RemoteAddress="IPV4/UDP/${address}/5060"`,
  ];
  return `SECURITY[1234] res_security_log.c: ${fields.join(",")}`;
}

function refused(why: string, address: string): string {
  return `NOTICE[1234] res_pjsip/pjsip_distributor.c: Request 'REGISTER' from '<sip:1001@192.0.2.200>' failed for '${address}:5060' (callid: a1b2c3) - ${why}`;
}

const events = [
  {
    about: "the first challenge",
    failure: false,
    write: (address: string) => security("ChallengeSent", address),
  },
  {
    about: "a login that succeeds",
    failure: false,
    write: (address: string) => security("SuccessfulAuth", address),
  },
  {
    about: "a wrong password",
    failure: true,
    write: (address: string) => security("ChallengeResponseFailed", address),
  },
  {
    about: "an unknown user",
    failure: true,
    write: (address: string) => security("InvalidAccountID", address),
  },
  {
    about: "a wrong password (notice)",
    failure: true,
    write: (address: string) => refused("Failed to authenticate", address),
  },
  {
    about: "an unknown user (notice)",
    failure: true,
    write: (address: string) => refused("No matching endpoint found", address),
  },
];
