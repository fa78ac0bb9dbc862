import { expect, it } from 'vitest'
import { withoutChoices } from './choices.ts'

it('counts a repeated choice at the rule that it stands for, in its own chain', () => {
  const nth = '-m comment --comment "as in the lab" -m statistic --mode nth --every 4294967295 --packet 0'
  const saved = [
    `[1:60] -A SVC ${nth} -j TWO`,
    `[1:75] -A SVC ${nth} -j TWO`,
    `[0:0] -A OTHER ${nth} -j TWO`,
    '[0:0] -A SVC -m statistic --mode random --probability 0.50000000000 -j ONE',
    '[2:120] -A SVC -m comment --comment two -j TWO',
    '[3:180] -A OTHER -m comment --comment two -j TWO',
  ]
  expect(withoutChoices(saved.join('\n')).split('\n')).toEqual([
    '[0:0] -A SVC -m statistic --mode random --probability 0.50000000000 -j ONE',
    '[4:255] -A SVC -m comment --comment two -j TWO',
    '[3:180] -A OTHER -m comment --comment two -j TWO',
  ])
})
