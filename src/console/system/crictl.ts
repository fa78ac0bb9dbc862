import type { ContainerStatus, Pod } from '../../core/api/kinds/types.ts'
import { humanDuration, simTimeOf } from '../../core/api/print/age.ts'
import { alignColumns } from '../../core/api/print/table.ts'
import { type Command, type ConsoleEnv, done, fail } from '../types.ts'

/** `crictl ps|pods|images` on a node: read from what the kubelet reports, for the runtime keeps no other books in the lab. */
export const crictlCommand: Command = (env, place, argv) => {
  const [command = ''] = argv.filter((word) => !word.startsWith('-'))
  if (place.kind !== 'node' || !env.api) {
    return fail(
      'FATA[0000] validate service connection: validate CRI v1 runtime API for endpoint "unix:///run/containerd/containerd.sock": dial unix /run/containerd/containerd.sock: connect: no such file or directory \n',
    )
  }
  const pods = env.api.podsOnNode(place.host)
  switch (command) {
    case 'ps':
      return done(listContainers(env, pods, argv.includes('-a')))
    case 'pods':
      return done(listSandboxes(env, pods))
    case 'version':
      return done('Version:  0.1.0\nRuntimeName:  containerd\nRuntimeVersion:  v2.0.0\nRuntimeApiVersion:  v1\n')
    default:
      return fail(`No help topic for '${command}'\n`)
  }
}

const ago = (env: ConsoleEnv, time: string | undefined): string => {
  const then = time === undefined ? null : simTimeOf(time)
  return then === null ? '' : `${humanDuration(Math.max(0, env.kernel.now - then))} ago`
}

const shortId = (id: string | undefined): string => (id ?? '').replace(/^[a-z]+:\/\//, '').slice(0, 13)

function listContainers(env: ConsoleEnv, pods: readonly Pod[], all: boolean): string {
  const rows = pods.flatMap((pod) =>
    [...(pod.status?.initContainerStatuses ?? []), ...(pod.status?.containerStatuses ?? [])].flatMap((status) => {
      const state = stateOf(status)
      if (status.containerID === undefined || (!all && state !== 'Running')) return []
      const started = status.state?.running?.startedAt ?? status.state?.terminated?.startedAt
      const { name, namespace } = pod.metadata
      return [
        [
          shortId(status.containerID),
          status.image,
          ago(env, started),
          state,
          status.name,
          String(status.restartCount),
          shortId(pod.metadata.uid),
          name,
          namespace ?? '',
        ],
      ]
    }),
  )
  const header = ['CONTAINER', 'IMAGE', 'CREATED', 'STATE', 'NAME', 'ATTEMPT', 'POD ID', 'POD', 'NAMESPACE']
  return alignColumns([header, ...rows])
}

const stateOf = (status: ContainerStatus): string =>
  status.state?.running ? 'Running' : status.state?.terminated ? 'Exited' : 'Created'

function listSandboxes(env: ConsoleEnv, pods: readonly Pod[]): string {
  const rows = pods
    .filter((pod) => pod.status?.startTime !== undefined)
    .map((pod) => [
      shortId(pod.metadata.uid),
      ago(env, pod.status?.startTime),
      pod.status?.phase === 'Running' || pod.status?.phase === 'Pending' ? 'Ready' : 'NotReady',
      pod.metadata.name,
      pod.metadata.namespace ?? '',
      '0',
      '(default)',
    ])
  return alignColumns([['POD ID', 'CREATED', 'STATE', 'NAME', 'NAMESPACE', 'ATTEMPT', 'RUNTIME'], ...rows])
}
