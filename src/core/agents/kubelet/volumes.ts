import { type Result, err, ok } from '../../base/result.ts'
import { objectRef } from '../../base/ref.ts'
import type { ConfigMap, KeyToPath, Pod, Volume } from '../../api/kinds/types.ts'
import type { FilePlace } from '../../kernel/files/files.ts'
import { type Kubelets, nodeOf } from './context.ts'
import { type EnvironmentSource, fieldValue, readData } from './environment.ts'
import { podFs } from './pod-files.ts'
import { decodeBase64 } from './secret-data.ts'
import type { PodRow } from './tables.ts'

const directoryOf = (volume: string): string => `/volumes/${volume}`

/** Where a volume's files are. */
export function volumePlace(row: PodRow, volume: Volume): FilePlace {
  if (volume.hostPath) return { fs: row.node, path: volume.hostPath.path }
  return { fs: podFs(row.uid), path: directoryOf(volume.name) }
}

/** Writes the volumes that have content of their own. The error is the message of the event FailedMount. */
export function mountVolumes(kl: Kubelets, row: PodRow): Result<void, string> {
  for (const volume of row.pod.spec.volumes ?? []) {
    const content = contentOf(kl, row, volume)
    if (!content.ok) return err(`MountVolume.SetUp failed for volume "${volume.name}" : ${content.error}`)
    if (content.value) project(kl, row, volume.name, content.value)
  }
  return ok(undefined)
}

/** Looks at ConfigMaps and Secrets again. What cannot be read any more stays as it was. */
export function refreshVolumes(kl: Kubelets, row: PodRow): void {
  for (const volume of row.pod.spec.volumes ?? []) {
    const content = contentOf(kl, row, volume)
    if (content.ok && content.value) project(kl, row, volume.name, content.value)
  }
}

type Content = { readonly [path: string]: string }

/** Path → text; `null` for volumes that are there or begin empty. */
function contentOf(kl: Kubelets, row: PodRow, volume: Volume): Result<Content | null, string> {
  const { configMap, secret, downwardAPI, projected } = volume
  if (configMap) return fromData(kl, row.pod, 'ConfigMap', configMap.name ?? '', configMap.items, configMap.optional)
  if (secret) return fromData(kl, row.pod, 'Secret', secret.secretName ?? '', secret.items, secret.optional)
  if (downwardAPI) return ok(downward(kl, row, downwardAPI.items))
  return projected ? projectedContent(kl, row, projected.sources ?? []) : ok(null)
}

function fromData(
  kl: Kubelets,
  pod: Pod,
  kind: 'ConfigMap' | 'Secret',
  name: string,
  items: readonly KeyToPath[] | undefined,
  optional: boolean | undefined,
): Result<Content, string> {
  const namespace = pod.metadata.namespace ?? 'default'
  const texts = readData(kl.env.api, kind, namespace, name)
  const data = texts && { ...texts, ...(kind === 'ConfigMap' && binaryOf(kl, namespace, name)) }
  if (!data) return optional ? ok({}) : err(`${kind.toLowerCase()} "${name}" not found`)
  if (!items) return ok(data)
  const content: { [path: string]: string } = {}
  for (const { key, path } of items) {
    if (Object.hasOwn(data, key)) content[path] = data[key]!
    else if (!optional)
      return err(
        kind === 'ConfigMap'
          ? `configmap references non-existent config key: ${key}`
          : `references non-existent secret key: ${key}`,
      )
  }
  return ok(content)
}

/** What a ConfigMap holds as bytes: files can have it, variables cannot. */
function binaryOf(kl: Kubelets, namespace: string, name: string): Content {
  const map = kl.env.api.peek<ConfigMap>(objectRef('ConfigMap', namespace, name))
  return Object.fromEntries(Object.entries(map?.binaryData ?? {}).map(([key, value]) => [key, decodeBase64(value)]))
}

interface DownwardItem {
  readonly path?: string
  readonly fieldRef?: { readonly fieldPath: string }
}

function downward(kl: Kubelets, row: PodRow, items: readonly unknown[] | undefined): Content {
  const source: EnvironmentSource = {
    api: kl.env.api,
    pod: row.pod,
    hostIp: nodeOf(kl, row).ip,
    podIp: row.sandbox?.ip ?? '',
  }
  const content: { [path: string]: string } = {}
  for (const item of (items ?? []) as readonly DownwardItem[]) {
    if (item.path && item.fieldRef) content[item.path] = fieldValue(source, item.fieldRef.fieldPath)
  }
  return content
}

interface Projection {
  readonly configMap?: { readonly name?: string; readonly items?: readonly KeyToPath[]; readonly optional?: boolean }
  readonly secret?: { readonly name?: string; readonly items?: readonly KeyToPath[]; readonly optional?: boolean }
  readonly downwardAPI?: { readonly items?: readonly unknown[] }
}

/** Tokens and certificates of projected volumes are not made: no program of the lab reads them. */
function projectedContent(kl: Kubelets, row: PodRow, sources: readonly unknown[]): Result<Content, string> {
  let content: Content = {}
  for (const source of sources as readonly Projection[]) {
    const part = source.configMap
      ? fromData(
          kl,
          row.pod,
          'ConfigMap',
          source.configMap.name ?? '',
          source.configMap.items,
          source.configMap.optional,
        )
      : source.secret
        ? fromData(kl, row.pod, 'Secret', source.secret.name ?? '', source.secret.items, source.secret.optional)
        : ok(downward(kl, row, source.downwardAPI?.items))
    if (!part.ok) return part
    content = { ...content, ...part.value }
  }
  return ok(content)
}

/** Makes a volume's directory hold just these files (AtomicWriter). */
function project(kl: Kubelets, row: PodRow, volume: string, content: Content): void {
  const { files } = kl.env
  const directory = directoryOf(volume)
  const wanted = Object.keys(content).sort()
  for (const path of wanted) files.write(podFs(row.uid), `${directory}/${path}`, content[path]!)
  for (const path of files.list(podFs(row.uid), directory)) {
    if (!Object.hasOwn(content, path.slice(directory.length + 1))) files.remove(podFs(row.uid), path)
  }
}
