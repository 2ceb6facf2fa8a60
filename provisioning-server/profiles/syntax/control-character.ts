/** The control characters of Unicode, \p{Cc}; a class of code units is looked through four times as fast. */
// oxlint-disable-next-line no-control-regex
export const controlCharacter = /[\u0000-\u001f\u007f-\u009f]/;
