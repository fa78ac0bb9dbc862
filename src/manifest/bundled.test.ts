import { readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { diagnose } from './diagnose.ts'

const LABS = join(import.meta.dirname, '../../public/labs')

describe('the bundled labs', () => {
  it.each(readdirSync(LABS).filter((file) => file.endsWith('.yaml')))('%s has no complaints', (file) => {
    expect(diagnose(readFileSync(join(LABS, file), 'utf8'))).toEqual([])
  })
})
