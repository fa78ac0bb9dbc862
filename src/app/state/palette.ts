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

/** Reads the tokens as they hold now. Call again when the theme changes. */
export function readPalette(): Palette {
  const probe = document.createElement('i')
  // With reduced motion every change of colour is a very short transition, and would be read at its start.
  probe.style.transition = 'none'
  document.body.append(probe)
  const read = (token: string): string => {
    probe.style.color = `var(--${token})`
    return getComputedStyle(probe).color
  }
  const all = (suffix: string): Record<Hue | 'tunnel', string> =>
    Object.fromEntries([...HUES, 'tunnel' as const].map((hue) => [hue, read(`hue-${hue}${suffix}`)])) as Record<
      Hue | 'tunnel',
      string
    >
  const palette: Palette = {
    fill: all(''),
    edge: all('-line'),
    ink: read('ink'),
    quiet: read('ink-3'),
    tunnelInk: read('hue-tunnel-ink'),
    accent: read('accent'),
    good: read('good'),
    bad: read('bad'),
    warn: read('warn'),
    panel: read('panel'),
    line: read('line-strong'),
    dark: document.documentElement.dataset['theme'] === 'dark',
  }
  probe.remove()
  return palette
}
