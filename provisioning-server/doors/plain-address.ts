/** An address without the IPv4-mapped prefix (`::ffff:10.0.0.1`) that a dual-stack socket shows. */
export function plainAddress(address: string | undefined): string {
  return address?.replace(/^::ffff:(?=\d+\.)/i, "") ?? "";
}
