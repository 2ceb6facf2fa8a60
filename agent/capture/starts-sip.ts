/** Does a message of SIP begin here? By content, for SIP runs on any port. */
export function startsSip(octets: Buffer): boolean {
  const first = octets[0] ?? 0;
  if (octets.length < 20 || first < 0x41 || first > 0x5a) return false;
  const end = octets.indexOf("\n");
  const line = octets.toString("latin1", 0, Math.min(end === -1 ? octets.length : end, 2048)).trimEnd();
  return /^(?:SIP\/2\.0 \d{3} |[A-Z]+ \S+ SIP\/2\.0$)/.test(line);
}
