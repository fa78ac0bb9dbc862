import { parseMark, parseUint } from '../numbers.ts'
import { badInteger, type OptionSpec, type OptionUse, used, value } from '../modules/option.ts'
import type { TargetModule } from './option.ts'

const SET_FORMS = ['set-xmark', 'set-mark', 'and-mark', 'or-mark', 'xor-mark'] as const
const ONE = (name: string): OptionSpec => ({ name, args: 1 })

/** Brings every --set-mark form to (value, mask) of mark = (mark & ~mask) ^ value (libxt_MARK, libxt_CONNMARK). */
function setMark(module: string, use: OptionUse): { readonly value: number; readonly mask: number } | string {
  if (use.name === 'set-xmark' || use.name === 'set-mark') {
    const mark = parseMark(value(use))
    if (!mark) return badInteger(module, use.name)
    return use.name === 'set-xmark' ? mark : { value: mark.value, mask: (mark.mask | mark.value) >>> 0 }
  }
  const bits = parseUint(value(use))
  if (bits === null) return badInteger(module, use.name)
  if (use.name === 'and-mark') return { value: 0, mask: ~bits >>> 0 }
  return use.name === 'or-mark' ? { value: bits, mask: bits } : { value: bits, mask: 0 }
}

const together = (module: string, uses: readonly OptionUse[]): string | null =>
  uses.length > 1 ? `${module}: option "--${uses[0]!.name}" cannot be used together with "--${uses[1]!.name}".\n` : null

const mark: TargetModule = {
  name: 'MARK',
  options: SET_FORMS.map(ONE),
  build(uses) {
    const use = uses[0]
    if (!use) return 'MARK: One of the --set-xmark, --{and,or,xor,set}-mark options is required'
    const conflict = together('MARK', uses)
    if (conflict) return conflict
    const set = setMark('MARK', use)
    return typeof set === 'string' ? set : { t: 'MARK', ...set }
  },
}

const connmark: TargetModule = {
  name: 'CONNMARK',
  options: [
    ...SET_FORMS.map(ONE),
    { name: 'save-mark', args: 0 },
    { name: 'restore-mark', args: 0 },
    ...['ctmask', 'nfmask', 'mask'].map(ONE),
  ],
  build(uses) {
    const operations = uses.filter((use) => use.name.endsWith('-mark') || use.name === 'set-xmark')
    const use = operations[0]
    if (!use) return 'CONNMARK target: No operation specified'
    const conflict = together('CONNMARK', operations)
    if (conflict) return conflict
    if (use.name === 'save-mark' || use.name === 'restore-mark') {
      const maskOf = (name: string): number => {
        const given = used(uses, name) ?? used(uses, 'mask')
        return (given && parseUint(value(given))) ?? 0xffffffff
      }
      return {
        t: 'CONNMARK',
        op: use.name === 'save-mark' ? 'save' : 'restore',
        nfmask: maskOf('nfmask'),
        ctmask: maskOf('ctmask'),
      }
    }
    const set = setMark('CONNMARK', use)
    return typeof set === 'string' ? set : { t: 'CONNMARK', op: 'set', ...set }
  },
}

export const MARK_TARGETS: readonly TargetModule[] = [mark, connmark]
