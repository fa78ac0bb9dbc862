import { type ImageEntry, normaliseImage } from '../contracts/image.ts'
import { fullImageName } from './identity.ts'

/**
 * Why the registries of the world do not give an image out, in containerd's words (as the kubelet hears them); `null`: they do.
 * The lab cannot ask them. It believes every name (an image that it does not know runs as a stand-in) but those that cannot be meant:
 * registries below `.invalid`, which never resolve (RFC 6761, 6.4), one letter's typos of images of Docker Hub that the lab knows, and
 * tags of these that no release could have, such as `nginx:latests` or `nginx:1.161`.
 */
export function pullError(known: readonly ImageEntry[], image: string): string | null {
  const full = fullImageName(image)
  const [host = '', ...path] = full.split('/')
  const head = `failed to pull and unpack image "${full}": failed to resolve reference "${full}": `
  if (NEVER.test(host)) {
    const [name, tag] = splitTag(path.join('/'))
    const question = `Head "https://${host}/v2/${name}/manifests/${tag}"`
    return `${head}failed to do request: ${question}: dial tcp: lookup ${host.replace(/:\d+$/, '')}: no such host`
  }
  const notFound = `rpc error: code = NotFound desc = ${head}${full}: not found`
  const repository = normaliseImage(image)
  const official = known.flatMap((entry) => entry.names).filter((name) => !name.includes('/'))
  if (isTypo(repository, official))
    return `${head}pull access denied, repository does not exist or may require authorization: server message: insufficient_scope: authorization failed`
  const [, tag] = splitTag(full)
  return official.includes(repository) && !isReleaseTag(tag) ? notFound : null
}

const NEVER = /\.invalid(:\d+)?$/

/** `library/nginx`, `1.29`; a digest counts as a tag. */
function splitTag(full: string): readonly [string, string] {
  const at = full.includes('@') ? full.indexOf('@') : full.lastIndexOf(':')
  return [full.slice(0, at), full.slice(at + 1)]
}

/** A name of Docker Hub that differs from a known one by one letter left out, added or changed, or two swapped. */
const isTypo = (name: string, known: readonly string[]): boolean =>
  !name.includes('/') && !known.includes(name) && known.some((right) => right.length > 4 && isNear(name, right))

function isNear(a: string, b: string): boolean {
  let start = 0
  while (start < a.length && a[start] === b[start]) start++
  const [restA, restB] = [a.slice(start), b.slice(start)]
  if (restA.slice(1) === restB.slice(1) || restA.slice(1) === restB || restA === restB.slice(1)) return true
  return restA[0] === restB[1] && restA[1] === restB[0] && restA.slice(2) === restB.slice(2)
}

const TAG_WORDS: ReadonlySet<string> = new Set(
  (
    'latest stable mainline alpine slim perl otel edge lts rolling devel testing unstable sid glibc musl uclibc debug ' +
    'trixie bookworm bullseye buster jammy noble focal bionic minimal base dev'
  ).split(' '),
)

/** Versions and the words that Docker Hub's images are tagged with; a second number above 99 is a slip of the finger. */
const isReleaseTag = (tag: string): boolean =>
  tag.startsWith('sha256:') ||
  tag.split('-').every((part) => TAG_WORDS.has(part) || (/\d/.test(part) && !/^v?\d+\.\d{3,}/.test(part)))
