import { readFileSync, readdirSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { preparePicture } from '../../worker/prepare.ts'
import { renderStill } from './render.tsx'

const LABS = new URL('../../../public/labs/', import.meta.url)

describe('the still of a lab', () => {
  it.each(readdirSync(LABS).filter((name) => name.endsWith('.yaml')))('%s', async (file) => {
    const picture = (await preparePicture(readFileSync(new URL(file, LABS), 'utf8')))!
    const { en, zh } = renderStill(picture)
    for (const { name } of picture.answer.view.topology.hosts)
      for (const one of [en, zh]) expect(one).toContain(`<b>${name}</b>`)
    expect(en).toMatch(/>programs<|class="house"/)
    expect(en).not.toMatch(/undefined|NaN|[\u4e00-\u9fff]/)
    expect(zh).not.toMatch(/undefined|NaN/)
    expect(zh).toMatch(/[\u4e00-\u9fff]/)
    // The same boxes, in either language.
    const boxes = (markup: string): unknown[] => markup.match(/style="[^"]*"/g) ?? []
    expect(boxes(zh)).toEqual(boxes(en))
  })
})
