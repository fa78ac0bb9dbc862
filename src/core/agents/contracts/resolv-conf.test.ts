import { describe, expect, it } from 'vitest'
import { ipv4 } from '../../base/ipv4.ts'
import { candidates, parseResolvConf } from './resolv-conf.ts'
import { hostsLookup } from './resolver.ts'

const CONF = parseResolvConf(
  'search a.svc.cluster.local svc.cluster.local cluster.local\nnameserver 10.96.0.10\noptions ndots:5\n',
)

describe('resolv.conf', () => {
  it('is read with its defaults', () => {
    expect(CONF).toEqual({
      nameservers: [ipv4('10.96.0.10')],
      search: ['a.svc.cluster.local', 'svc.cluster.local', 'cluster.local'],
      ndots: 5,
      timeout: 5,
      attempts: 2,
    })
    expect(parseResolvConf('# nothing\n')).toMatchObject({ nameservers: [ipv4('127.0.0.1')], ndots: 1 })
    expect(parseResolvConf('options timeout:1 attempts:3 ndots:2')).toMatchObject({ timeout: 1, attempts: 3, ndots: 2 })
  })

  it.each([
    ['web', ['web.a.svc.cluster.local.', 'web.svc.cluster.local.', 'web.cluster.local.', 'web.']],
    [
      'web.b.svc.cluster.local',
      [
        'web.b.svc.cluster.local.a.svc.cluster.local.',
        'web.b.svc.cluster.local.svc.cluster.local.',
        'web.b.svc.cluster.local.cluster.local.',
        'web.b.svc.cluster.local.',
      ],
    ],
    ['www.example.com.', ['www.example.com.']],
    [
      'a.b.c.d.e.f',
      [
        'a.b.c.d.e.f.',
        'a.b.c.d.e.f.a.svc.cluster.local.',
        'a.b.c.d.e.f.svc.cluster.local.',
        'a.b.c.d.e.f.cluster.local.',
      ],
    ],
  ])('%s is asked for as', (name, names) => {
    expect(candidates(name, CONF)).toEqual(names)
  })

  it('/etc/hosts', () => {
    const text = '127.0.0.1 localhost\n10.1.1.1\tdb db.local # the database\n::1 db\n'
    expect(hostsLookup(text, 'DB.local')).toEqual([ipv4('10.1.1.1')])
    expect(hostsLookup(text, 'database')).toEqual([])
  })
})
