import type { DropReason, Verdict } from '../../core/trace/vocabulary.ts'
import { useI18n } from '../state/i18n.ts'

type Tone = 'good' | 'bad' | 'turn' | 'plain'
const TONES: Readonly<Partial<Record<Verdict, readonly [Tone, string]>>> = {
  deliver: ['good', '✓'],
  accept: ['good', '✓'],
  drop: ['bad', '✗'],
  reject: ['bad', '✗'],
  rewrite: ['turn', '⊙'],
  encapsulate: ['turn', '⊙'],
  decapsulate: ['turn', '⊙'],
  forward: ['plain', '→'],
  send: ['plain', '→'],
  queue: ['plain', '…'],
}

/** What the step did, by glyph and word. */
export function VerdictChip({ verdict, drop }: { readonly verdict: Verdict; readonly drop: DropReason }) {
  const { t } = useI18n()
  const [tone, glyph] = TONES[verdict] ?? ['plain', '']
  return (
    <span className="verdict" data-tone={tone}>
      {glyph && <i aria-hidden>{glyph}</i>}
      {t(`ui.verdict-${verdict}`)}
      {drop !== 'NONE' && <code>{drop}</code>}
    </span>
  )
}
