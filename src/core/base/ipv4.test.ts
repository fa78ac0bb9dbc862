import { describe, expect, it } from 'vitest'
import { formatIpv4, parseInetAton } from './ipv4.ts'

describe('inet_aton', () => {
  // What glibc's function answers.
  it.each([
    ['10.0.0.1', '10.0.0.1'],
    ['127.1', '127.0.0.1'],
    ['10.258', '10.0.1.2'],
    ['1.2.772', '1.2.3.4'],
    ['0x0a.010.1', '10.8.0.1'],
    ['0', '0.0.0.0'],
    ['4294967295', '255.255.255.255'],
    ['300.1.1.1', null],
    ['1.2.3.4.5', null],
    ['1.2.3.256', null],
    ['08.1', null],
    ['1.', null],
    ['web', null],
    ['', null],
  ])('%s', (text, address) => {
    const read = parseInetAton(text)
    expect(read === null ? null : formatIpv4(read)).toBe(address)
  })
})
