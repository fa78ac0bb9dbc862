import { describe, expect, it } from 'vitest'
import { pullError } from './registry.ts'

const KNOWN = [
  { names: ['nginx', 'nginxinc/nginx-unprivileged'], entrypoint: ['nginx'], cmd: [] },
  { names: ['busybox'], entrypoint: [], cmd: ['sh'] },
]

describe('what registries say', () => {
  it.each([
    'nginx',
    'nginx:1.29',
    'nginx:1.29.3-alpine3.22-slim',
    'nginx:stable-alpine-perl',
    'docker.io/library/busybox:1.37-glibc',
    `nginx@sha256:${'0'.repeat(64)}`,
    'redis:8',
    'myapp:dev',
    'acme/nginx-plus:whatever',
    'registry.local:5000/team/app',
    'registry.example/none:1',
    'acme/fake-service:broken',
    'nginxinc/nginx-unprivileged:stable',
  ])('%s is there', (image) => expect(pullError(KNOWN, image)).toBeNull())

  const head = (full: string): string =>
    `failed to pull and unpack image "${full}": failed to resolve reference "${full}": `
  it.each(['nginx:latests', 'nginx:1.161', 'busybox:nope', 'docker.io/library/nginx:broken'])(
    '%s: no such tag',
    (image) => {
      const full = image.startsWith('docker.io') ? image : `docker.io/library/${image}`
      expect(pullError(KNOWN, image)).toBe(`rpc error: code = NotFound desc = ${head(full)}${full}: not found`)
    },
  )

  it.each(['ngnix', 'nginxx', 'ngix', 'busibox'])('%s: no such name', (name) => {
    const full = `docker.io/library/${name}:9`
    expect(pullError(KNOWN, `${name}:9`)).toBe(
      `${head(full)}pull access denied, repository does not exist or may require authorization: server message: insufficient_scope: authorization failed`,
    )
  })

  it('a registry that can never exist', () => {
    const full = 'registry.invalid:5000/a/b:1'
    expect(pullError(KNOWN, full)).toBe(
      `${head(full)}failed to do request: Head "https://registry.invalid:5000/v2/a/b/manifests/1": dial tcp: lookup registry.invalid: no such host`,
    )
  })
})
