import { encodeShare } from '../../../src/scenario/share/encode.ts'
import { openLink } from '../../../src/worker/link.ts'
import { bundledLabs } from '../files.ts'
import type { Target } from '../target.ts'

export const links: Target = {
  name: 'link',
  about: 'share links',
  dictionary: [
    '#lab=',
    'lab=',
    'A',
    '_',
    '-',
    '=',
    '%20',
    '%',
    '/',
    '+',
    'https://x/#lab=',
    'AQ',
    '____',
    'AAAA',
    '\u0000',
  ],
  seeds: () =>
    bundledLabs().flatMap((text, i) => [
      `#${encodeShare({ text, cursor: null })}`,
      encodeShare({ text: text.slice(0, 200 * (i + 1)), cursor: i }),
    ]),
  async run(input) {
    const shared = await openLink(input)
    if (shared.ok && shared.value.text.length > 1024 * 1024) throw new Error('more than a lab may have')
    return shared.ok ? 'opens' : shared.error.code
  },
}
