/**
 * A SIP message as it may be shown: what proves or is a password is gone, what explains a login stays. Digest responses
 * can be searched for the password, SDES keys decrypt the call.
 */
export function maskSecrets(text: string): string {
  return text
    .replaceAll(
      /^((?:Proxy-)?Authorization\s*:\s*)(.*(?:\r?\n[ \t].*)*)/gim,
      (_, head: string, value: string) => head + maskCredentials(value),
    )
    .replaceAll(/^(a=crypto:.*?inline:)[^\s|]+/gim, "$1•••")
    .replaceAll(/^(k=(?:clear|base64):).*$/gim, "$1•••")
    .replaceAll(/^(Signal\s*[=:]\s*).*$/gim, "$1•")
    .replaceAll(/(sips?:[^\s:@;>]+):[^\s@;>]+@/gi, "$1:•••@");
}

function maskCredentials(value: string): string {
  if (!/^\s*Digest\b/i.test(value)) return value.replace(/^(\s*\S+)[\s\S]*$/, "$1 •••");
  return value.replaceAll(/\b(response|cnonce)(\s*=\s*)(?:"[^"]*"?|[^\s,]+)/gi, "$1$2•••");
}
