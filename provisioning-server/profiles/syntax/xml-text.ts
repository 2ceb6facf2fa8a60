// XML 1.0 section 2.2: characters a document may hold. Others cannot be escaped either.
// eslint-disable-next-line no-control-regex
const forbidden = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/;

const mustBeEscaped = /[&<>"\t\n\r]/;
const entities: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "\t": "&#9;",
  "\n": "&#10;",
  "\r": "&#13;",
};

/** Why XML 1.0 cannot carry a text at all, or undefined. */
export function xmlLimit(text: string): string | undefined {
  if (!text.isWellFormed()) return "well-formed Unicode";
  return forbidden.test(text) ? "characters that XML 1.0 allows (section 2.2)" : undefined;
}

/** For element content and for attributes in double quotes alike; line ends and tabs survive (XML 1.0 sections 2.11, 3.3.3). */
export function escapeXml(text: string): string {
  if (!mustBeEscaped.test(text)) return text; // nearly all
  return text.replaceAll(/[&<>"\t\n\r]/g, (character) => entities[character] ?? character);
}
