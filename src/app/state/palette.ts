import { HUES, type Hue } from '../../worker/protocol.ts'

/** Colours of the tokens, resolved for a 2D canvas, which knows no custom properties. */
export interface Palette {
  readonly fill: Readonly<Record<Hue | 'tunnel', string>>
  readonly edge: Readonly<Record<Hue | 'tunnel', string>>
  readonly ink: string
  readonly quiet: string
  readonly tunnelInk: string
  readonly accent: string
  readonly good: string
  readonly bad: string
  readonly warn: string
  readonly panel: string
  readonly line: string
  readonly dark: boolean
}

const hued = (suffix: string) => [...HUES, 'tunnel' as const].map((hue) => [hue, `hue-${hue}${suffix}`] as const)
const FILLS = hued('')
const EDGES = hued('-line')
const OTHERS = {
  ink: 'ink',
  quiet: 'ink-3',
  tunnelInk: 'hue-tunnel-ink',
  accent: 'accent',
  good: 'good',
  bad: 'bad',
  warn: 'warn',
  panel: 'panel',
  line: 'line-strong',
} as const

/** Reads the tokens as they hold now. Call again when the theme changes. */
export function readPalette(): Palette {
  const colours = resolve([...FILLS, ...EDGES, ...Object.entries(OTHERS)].map(([, token]) => token))
  const named = <K extends string>(tokens: readonly (readonly [K, string])[]): Record<K, string> =>
    Object.fromEntries(tokens.map(([name, token]) => [name, colours.get(token)!])) as Record<K, string>
  return {
    fill: named(FILLS),
    edge: named(EDGES),
    ...named(Object.entries(OTHERS) as [keyof typeof OTHERS, string][]),
    dark: document.documentElement.dataset['theme'] === 'dark',
  }
}

/** The colours of tokens, one probe each: the browser works them out together. */
function resolve(tokens: readonly string[]): ReadonlyMap<string, string> {
  const probes = document.createElement('div')
  for (const token of tokens) {
    const probe = document.createElement('i')
    // With reduced motion every change of colour is a very short transition, and would be read at its start.
    probe.style.transition = 'none'
    probe.style.color = `var(--${token})`
    probes.append(probe)
  }
  document.body.append(probes)
  const colours = new Map(tokens.map((token, i) => [token, getComputedStyle(probes.children[i]!).color]))
  probes.remove()
  return colours
}
