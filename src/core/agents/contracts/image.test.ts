import { describe, expect, it } from 'vitest'
import { type ImageEntry, normaliseImage, resolveImage } from './image.ts'

const ENTRIES: readonly ImageEntry[] = [
  { names: ['nginx'], entrypoint: ['nginx'], cmd: ['-g', 'daemon off;'], listens: () => [80] },
  { names: ['busybox'], entrypoint: [], cmd: ['sh'] },
]

describe('images', () => {
  it.each([
    ['nginx', 'nginx'],
    ['nginx:1.29-alpine', 'nginx'],
    ['docker.io/library/nginx:latest', 'nginx'],
    ['nginx@sha256:0123', 'nginx'],
    ['public.ecr.aws/docker/library/busybox:1.36', 'busybox'],
    ['registry.local:5000/team/app:v1', 'registry.local:5000/team/app'],
    ['registry.k8s.io/pause:3.10', 'registry.k8s.io/pause'],
  ])('%s is %s', (image, name) => {
    expect(normaliseImage(image)).toBe(name)
  })

  it('command replaces entrypoint and cmd, args replaces cmd', () => {
    const argv = (command?: string[], args?: string[]) => resolveImage(ENTRIES, 'nginx:1', command, args, []).argv
    expect(argv()).toEqual(['nginx', '-g', 'daemon off;'])
    expect(argv(undefined, ['-v'])).toEqual(['nginx', '-v'])
    expect(argv(['sleep'], ['1'])).toEqual(['sleep', '1'])
    expect(argv(['sleep'])).toEqual(['sleep'])
  })

  it('an unknown image gets a stand-in on its declared ports', () => {
    const resolved = resolveImage(ENTRIES, 'acme/thing:2', ['/thing'], undefined, [8080, 9090])
    expect(resolved).toMatchObject({
      argv: ['stand-in', 'acme/thing:2', '8080', '9090'],
      listens: [8080, 9090],
      standIn: true,
    })
  })
})
