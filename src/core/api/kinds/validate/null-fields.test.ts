import { expect, it } from 'vitest'
import { decode, kindOf } from '../accept.ts'

it('says that a hostPath without anything in it lacks its path', () => {
  const raw = {
    apiVersion: 'apps/v1',
    kind: 'DaemonSet',
    metadata: { name: 'x' },
    spec: { template: { spec: { volumes: [{ name: 'v', hostPath: {} }] } } },
  }
  const info = kindOf(raw)
  if (!info.ok) throw new Error('no such kind')
  const causes = info.value.validate(info.value.default(decode(info.value, raw).object))
  expect(causes.map(({ field }) => field)).toContain('spec.template.spec.volumes[0].hostPath.path')
})
