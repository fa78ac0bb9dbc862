/** The image registry: which program runs when a container of some image starts. */

/** One kind of image. Each agent's folder exports its own; the lab puts them together. */
export interface ImageEntry {
  /** Repositories without tag, as `normaliseImage` gives them: `nginx`, `curlimages/curl`, `registry.k8s.io/pause`. */
  readonly names: readonly string[]
  readonly entrypoint: readonly string[]
  readonly cmd: readonly string[]
  /** TCP ports it listens on when it runs with `argv`; a hint for people, the program itself binds. */
  listens?(argv: readonly string[]): readonly number[]
  /** Files the image brings: path → text. Mounts and `/etc/hosts` come on top. */
  readonly files?: Readonly<Record<string, string>>
  readonly env?: Readonly<Record<string, string>>
}

/** What to start: `spawn` takes `argv`, its first word without the directory names the program. */
export interface ResolvedImage {
  readonly argv: readonly string[]
  readonly listens: readonly number[]
  readonly files: Readonly<Record<string, string>>
  readonly env: Readonly<Record<string, string>>
  /** Nobody knows the image: a program that says so takes its place. */
  readonly standIn: boolean
}

/** Runs for images that no entry names. Its arguments are the image and the declared ports. */
export const STAND_IN = 'stand-in'

const DEFAULT_REGISTRIES = [
  'docker.io/',
  'index.docker.io/',
  'registry-1.docker.io/',
  'mirror.gcr.io/',
  'public.ecr.aws/docker/',
]

/** The repository of an image reference: tag and digest dropped, Docker Hub's and its mirrors' short forms unified. */
export function normaliseImage(image: string): string {
  let name = image.split('@')[0]!
  const slash = name.lastIndexOf('/')
  const colon = name.indexOf(':', slash + 1)
  if (colon >= 0) name = name.slice(0, colon)
  for (const registry of DEFAULT_REGISTRIES) if (name.startsWith(registry)) name = name.slice(registry.length)
  return name.startsWith('library/') ? name.slice('library/'.length) : name
}

/**
 * What a container runs: `command` replaces the image's entrypoint and cmd, `args` replaces its cmd (Kubernetes' rules for
 * `command` and `args`). `declaredPorts` are those of the container spec; only a stand-in needs them.
 */
export function resolveImage(
  entries: readonly ImageEntry[],
  image: string,
  command: readonly string[] | undefined,
  args: readonly string[] | undefined,
  declaredPorts: readonly number[],
): ResolvedImage {
  const name = normaliseImage(image)
  const entry = entries.find((candidate) => candidate.names.includes(name))
  const files = entry?.files ?? {}
  const env = entry?.env ?? {}
  if (!entry) {
    const argv = [STAND_IN, image, ...declaredPorts.map(String)]
    return { argv, listens: declaredPorts, files, env, standIn: true }
  }
  const entrypoint = command?.length ? command : entry.entrypoint
  const cmd = args?.length ? args : command?.length ? [] : entry.cmd
  const argv = [...entrypoint, ...cmd]
  return { argv, listens: entry.listens?.(argv) ?? [], files, env, standIn: false }
}
