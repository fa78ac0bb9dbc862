import { timestamp } from '../../base/time.ts'
import type { Container } from '../../api/kinds/types.ts'
import { reapProcess, startProcess } from '../../kernel/process/lifecycle.ts'
import { asAgent } from '../contracts/agent-trace.ts'
import { resolveImage } from '../contracts/image.ts'
import { type Kubelets, actorOf, beginOp, nodeOf, patchContainer, patchPod, tell, wakePod } from './context.ts'
import { type Environment, expand, makeEnvironment } from './environment.ts'
import { goDuration } from './go-duration.ts'
import { containerId, isImageName } from './identity.ts'
import { hostnameOf, podFs } from './pod-files.ts'
import { awaitInit } from './patience.ts'
import { pullError } from './registry.ts'
import { postStartFailed } from './kill.ts'
import { startProbes } from './probes.ts'
import { type ContainerRow, type FailedPull, type PodRow, specOf, wantedImage } from './tables.ts'
import { recordExit } from './exits.ts'
import { runErrand } from './errands.ts'
import {
  CONTAINER_START,
  MAX_PULL_BACKOFF,
  PULL_BACKOFF,
  PULL_CHECK,
  PULL_REPORT,
  SYNC_BACKOFF,
  imageSize,
  pullTime,
} from './timing.ts'
import { volumePlace } from './volumes.ts'

const imageKey = (node: string, image: string): string => `${node} ${image}`

/** EnsureImageExists, then the start: the pod worker is busy until the container runs or cannot. */
export function beginContainer(kl: Kubelets, pod: PodRow, c: ContainerRow): void {
  const spec = specOf(pod.pod, c)
  const image = wantedImage(pod.pod, c)
  patchContainer(kl, c, { image })
  if (!isImageName(image)) {
    const why = `Failed to apply default image tag "${image}": couldn't parse image name "${image}": invalid reference format`
    return refuse(kl, pod, c, 'InvalidImageName', why, 'InspectFailed')
  }
  const policy = spec.imagePullPolicy ?? 'IfNotPresent'
  const present = kl.t.image.has(imageKey(pod.node, image))
  if (present && policy !== 'Always') {
    tell(kl, pod, 'Normal', 'Pulled', `Container image "${image}" already present on machine`, c)
    return beginOp(kl, pod, `start ${c.name}`, CONTAINER_START)
  }
  if (policy === 'Never') {
    const why = `Container image "${image}" is not present with pull policy of Never`
    return refuse(kl, pod, c, 'ErrImageNeverPull', why, 'ErrImageNeverPull')
  }
  if (c.pull?.image === image && c.pull.until > kl.env.kernel.now) return backOff(kl, pod, c, c.pull)
  tell(kl, pod, 'Normal', 'Pulling', `Pulling image "${image}"`, c)
  beginOp(kl, pod, `pull ${c.name}`, present ? PULL_CHECK : pullTime(image))
}

/** The image is there: the one that was asked for, whatever the spec says by now. */
export function finishPull(kl: Kubelets, pod: PodRow, c: ContainerRow): void {
  const { image } = c
  const error = pullError(kl.env.images, image)
  if (error !== null) return failPull(kl, pod, c, image, error)
  const key = imageKey(pod.node, image)
  const took = goDuration(kl.t.image.has(key) ? PULL_CHECK : pullTime(image))
  kl.env.kernel.world.put(kl.t.image, key, { node: pod.node, image })
  const message = `Successfully pulled image "${image}" in ${took} (${took} including waiting). Image size: ${imageSize(image)} bytes.`
  tell(kl, pod, 'Normal', 'Pulled', message, c)
  beginOp(kl, pod, `start ${c.name}`, CONTAINER_START)
}

/** The registry does not give the image out. */
function failPull(kl: Kubelets, before: PodRow, c: ContainerRow, image: string, error: string): void {
  const pod = patchPod(kl, before.uid, { op: '' })
  const { now } = kl.env.kernel
  const last = c.pull?.image === image ? c.pull.backoff : 0
  const backoff = last === 0 ? PULL_BACKOFF : Math.min(last * 2, MAX_PULL_BACKOFF)
  const pull = { image, error, backoff, until: now + backoff }
  patchContainer(kl, c, { reason: 'ErrImagePull', message: error, pull, retryAt: now + PULL_REPORT })
  tell(kl, pod, 'Warning', 'Failed', `Failed to pull image "${image}": ${error}`, c)
  tell(kl, pod, 'Warning', 'Failed', 'Error: ErrImagePull', c)
  wakePod(kl, pod.uid)
}

function backOff(kl: Kubelets, pod: PodRow, c: ContainerRow, { image, error, until }: FailedPull): void {
  const message = `Back-off pulling image "${image}"`
  patchContainer(kl, c, { reason: 'ImagePullBackOff', message: `${message}: ErrImagePull: ${error}`, retryAt: until })
  tell(kl, pod, 'Normal', 'BackOff', message, c)
  tell(kl, pod, 'Warning', 'Failed', 'Error: ImagePullBackOff', c)
  wakePod(kl, pod.uid)
}

/** The container stays waiting; another try follows, as a timer. */
function refuse(kl: Kubelets, pod: PodRow, c: ContainerRow, reason: string, message: string, event: string): void {
  patchContainer(kl, c, { reason, message, retryAt: kl.env.kernel.now + SYNC_BACKOFF })
  tell(kl, pod, 'Warning', event, message, c)
  tell(kl, pod, 'Warning', 'Failed', `Error: ${reason}`, c)
  wakePod(kl, pod.uid, SYNC_BACKOFF, true)
}

/** CreateContainer and StartContainer. */
export function finishStart(kl: Kubelets, before: PodRow, c: ContainerRow): void {
  const pod = patchPod(kl, before.uid, { op: '' })
  const spec = specOf(pod.pod, c)
  const env = makeEnvironment(
    { api: kl.env.api, pod: pod.pod, hostIp: nodeOf(kl, pod).ip, podIp: pod.sandbox?.ip ?? '' },
    spec,
  )
  if (!env.ok) {
    patchContainer(kl, c, {
      reason: 'CreateContainerConfigError',
      message: env.error,
      retryAt: kl.env.kernel.now + SYNC_BACKOFF,
    })
    return tell(kl, pod, 'Warning', 'Failed', `Error: ${env.error}`, c)
  }
  const deed = {
    actor: actorOf(pod.node),
    verb: 'start',
    ref: pod.ref,
    netns: pod.sandbox!.netns,
    verdict: 'start',
  } as const
  asAgent(kl.env.kernel, { ...deed, text: `${c.name} (${spec.image})` }, () => launch(kl, pod, c, spec, env.value))
}

function launch(kl: Kubelets, pod: PodRow, c: ContainerRow, spec: Container, env: Environment): void {
  const { kernel, processes, images } = kl.env
  const restart = c.id !== ''
  const restarts = restart ? c.restarts + 1 : 0
  const id = containerId(pod.uid, c.name, restarts)
  const command = spec.command?.map((word) => expand(word, env))
  const args = spec.args?.map((word) => expand(word, env))
  const ports = (spec.ports ?? []).map((port) => port.containerPort)
  const image = resolveImage(images, c.image, command, args, ports)
  if (c.id !== '') kl.env.files.removeAll(c.id)
  if (c.lastPid !== 0) reapProcess(processes, c.lastPid)
  makeRootFs(kl, pod, spec, id, image.files)
  tell(kl, pod, 'Normal', 'Created', `Container created`, c)
  const started = startProcess(processes, {
    host: pod.node,
    netns: pod.sandbox!.netns,
    argv: image.argv,
    hostname: hostnameOf(pod.pod),
    fs: id,
    env: { PATH, HOSTNAME: hostnameOf(pod.pod), ...image.env, ...env },
    container: id,
    init: true,
    daemon: true,
    subject: [pod.ref],
  })
  const now = timestamp(kernel.now)
  const running = patchContainer(kl, c, {
    state: 'running',
    reason: '',
    message: '',
    pull: null,
    restarts,
    id,
    pid: started.ok ? started.value : 0,
    lastPid: c.pid,
    startedAt: now,
    startedTime: kernel.now,
    terminated: null,
    last: c.terminated ?? c.last,
    ready: false,
    started: spec.startupProbe === undefined,
    killing: '',
    awaited: awaitInit(kl, c),
    killDue: 0,
  })
  if (!started.ok) return fail(kl, pod, running, image.argv[0] ?? '')
  tell(kl, pod, 'Normal', 'Started', `Container started`, c)
  const hook = spec.lifecycle?.postStart?.exec?.command
  if (hook && !runErrand(kl, pod, running, 'postStart', hook)) postStartFailed(kl, pod, running)
  startProbes(kl, running, spec)
  wakePod(kl, pod.uid)
}

const PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'

/** Where nothing of that name can be run. */
function fail(kl: Kubelets, pod: PodRow, c: ContainerRow, file: string): void {
  const message =
    'failed to create containerd task: failed to create shim task: OCI runtime create failed: runc create failed: ' +
    `unable to start container process: exec: "${file}": ${file.includes('/') ? `stat ${file}: no such file or directory` : 'executable file not found in $PATH'}: unknown`
  tell(kl, pod, 'Warning', 'Failed', `Error: ${message}`, c)
  recordExit(kl, pod, c, { exitCode: 128, reason: 'StartError', message })
}

/** The image's files, what the pod shares, and the mounts of the spec. */
function makeRootFs(
  kl: Kubelets,
  pod: PodRow,
  spec: Container,
  id: string,
  imageFiles: { readonly [path: string]: string },
): void {
  const { files } = kl.env
  for (const path of Object.keys(imageFiles).sort()) files.write(id, path, imageFiles[path]!)
  const shared = podFs(pod.uid)
  for (const name of ['hosts', 'hostname', 'resolv.conf'])
    files.mount(id, `/etc/${name}`, { fs: shared, path: `/${name}` })
  for (const mount of spec.volumeMounts ?? []) {
    const volume = pod.pod.spec.volumes?.find((candidate) => candidate.name === mount.name)
    if (!volume) continue
    const place = volumePlace(pod, volume)
    files.mount(id, mount.mountPath, {
      fs: place.fs,
      path: mount.subPath ? `${place.path}/${mount.subPath}` : place.path,
    })
  }
}
