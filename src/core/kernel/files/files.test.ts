import { describe, expect, it } from 'vitest'
import { World } from '../../world/world.ts'
import { Files } from './files.ts'

describe('files', () => {
  it('are read, written and listed through mounts, whose source outlives them', () => {
    const files = new Files(new World(1))
    files.write('node1', '/etc/cni/net.d/10.conflist', 'old')
    files.mount('c1', '/cni', { fs: 'node1', path: '/etc/cni/net.d/' })
    files.mount('c1', '/cfg', { fs: 'volume', path: '/' })
    files.write('volume', '/a', 'A')
    files.write('c1', '/etc/hosts', 'h')
    files.write('c1', '/cni/10.conflist', 'new')
    expect(files.read('node1', '/etc/cni/net.d/10.conflist')).toBe('new')
    expect(files.list('c1', '/')).toEqual(['/cfg/a', '/cni/10.conflist', '/etc/hosts'])
    expect(files.list('c1', '/cni')).toEqual(['/cni/10.conflist'])
    expect(files.read('c1', '/cfg/../cfg/a')).toBe('A')
    files.removeAll('c1')
    expect(files.read('c1', '/cni/10.conflist')).toBe(null)
    expect(files.read('node1', '/etc/cni/net.d/10.conflist')).toBe('new')
  })

  it('a single file can be mounted, and hides what was there', () => {
    const files = new Files(new World(1))
    files.write('pod', '/hosts', '127.0.0.1 localhost')
    files.write('c1', '/etc/hosts', 'image')
    files.mount('c1', '/etc/hosts', { fs: 'pod', path: '/hosts' })
    expect(files.read('c1', '/etc/hosts')).toBe('127.0.0.1 localhost')
    expect(files.list('c1', '/etc')).toEqual(['/etc/hosts'])
  })
})
