import { escapeXml } from "../syntax/xml-text.ts";

/** Lines of an XML document, two blanks deeper at each level. */
export type Lines = readonly string[];

export const xmlHead = '<?xml version="1.0" encoding="UTF-8"?>';

/** `<tag>text</tag>` */
export function leaf(tag: string, text: string): string {
  return `<${tag}>${escapeXml(text)}</${tag}>`;
}

/** An element around lines. */
export function element(tag: string, inner: Lines): string[] {
  return [`<${tag}>`, ...inner.map((line) => `  ${line}`), `</${tag}>`];
}

export function documentOf(lines: Lines): string {
  return `${[xmlHead, ...lines].join("\n")}\n`;
}
