'use strict';
// What the checks send: strings that some transport, parser or proxy once broke, and structured values.

/** Name of the trouble, and a string that makes it. */
const STRINGS = {
  plain: 'hello',
  empty: '',
  'astral characters': 'a😀𝒳𐍈z',
  'quotes': `"double" 'single' \`back\``,
  backslashes: 'C:\\new\\table \\\\ \\u0041 \\',
  'backslash before slash': '\\/ \\\\/',
  slashes: 'http://example.org//path/',
  'line ends': 'lf\ncrlf\r\ncr\rend',
  'control characters': '\u0001\b\t\v\f\u001b\u001f\u007f',
  NUL: 'before\u0000after',
  'U+2028 and U+2029': 'line\u2028separator, paragraph\u2029separator',
  'script end': '</script><script>parent.s._("x")</script> ]]>',
  'percent and plus': '100% %41 %zz %u2028 a+b &amp; c=d;e',
  'byte order mark': '\ufeffmark',
  'C1 and non-characters': '\u0080\u0085\u00a0\uffff\ufffe',
  'looks like a packet': '5:1+:/chat:{"name":"echo"}',
};

/** Strings that cost a session of one old server or another; each has a check of its own. */
const SESSION_BREAKERS = {
  // It frames payloads, and is what careless decoders make of the byte FF that ends a hixie-76 frame.
  'U+FFFD': 'one\ufffdtwo',
  'what looks like a payload': '\ufffd5\ufffd3:::x\ufffd5\ufffd3:::y',
  // In a script element these two in a row keep `</script>` from ending it.
  'a comment and a script in markup': '<!-- <script>',
};

/** Values for event arguments and JSON messages. */
const VALUES = [
  [],
  {},
  [1, [2, [3, { deep: [null, true, false] }]]],
  { '': 'empty name', 'with "quotes"': 1, ключ: 'значение', 'a:b': [0, -0.5, 1e21, 9007199254740991] },
  { name: 'echo', args: ['looks like an event'] },
];

/** ASCII, 100 000 characters, so that a cut, a swap or a gap changes it. */
const LONG_ASCII = Array.from({ length: 10_000 }, (_, i) => `${i}`.padStart(9, '.') + ';').join('');

/** 100 000 bytes of UTF-8 in characters of two, three and four bytes, so that TCP segments split some. */
const LONG_MULTIBYTE = 'é€😀x'.repeat(10_000);

module.exports = { LONG_ASCII, LONG_MULTIBYTE, SESSION_BREAKERS, STRINGS, VALUES };
