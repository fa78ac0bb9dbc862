import { noMatch } from '../../core/api/kinds/accept.ts'
import { findKind } from '../../core/api/kinds/registry.ts'
import type { ApiObject, TemplateMeta } from '../../core/api/kinds/types.ts'
import { parseManifest } from '../../manifest/parse.ts'
import { type Kubectl, type Output, complain } from './context.ts'

/** An object out of `-f`, and where it came from as kubectl says it. */
export interface FileObject {
  readonly object: ApiObject
  readonly source: string
}

/** Reads what `-f` names: `-` is standard input. Objects without a namespace get the command's. */
export function readFiles(k: Kubectl, verb: string, out: Output): readonly FileObject[] {
  const paths = k.flags.each('filename')
  const found = paths.flatMap((path) => readOne(k, path, out))
  if (found.length === 0 && out.exit === 0) return complain(`no objects passed to ${verb}`)
  return found
}

/** A file that a command line names, from home on or from the root; `null` where there is none. */
export function fileText(k: Kubectl, path: string): string | null {
  const files = k.env.processes?.files
  return files?.read(k.place.fs, inHome(path)) ?? files?.read(k.place.fs, `/${path}`) ?? null
}

const inHome = (path: string): string => (path.startsWith('/') ? path : `/root/${path}`)

function readOne(k: Kubectl, path: string, out: Output): readonly FileObject[] {
  if (/^https?:\/\//.test(path)) {
    return complain(`unable to read URL ${JSON.stringify(path)}: the lab has no way to the internet`)
  }
  if (path === '-') return parse(k, k.stdin, 'STDIN', out)
  const text = fileText(k, path)
  if (text !== null) return parse(k, text, path, out)
  const files = k.env.processes?.files
  const inside = files?.list(k.place.fs, inHome(path)).filter((name) => /\.(ya?ml|json)$/.test(name)) ?? []
  if (inside.length === 0) return complain(`the path ${JSON.stringify(path)} does not exist`)
  return inside.flatMap((name) => parse(k, files!.read(k.place.fs, name) ?? '', name, out))
}

function parse(k: Kubectl, text: string, source: string, out: Output): readonly FileObject[] {
  const manifest = parseManifest(text)
  for (const problem of manifest.diagnostics) {
    out.warn(`error: error parsing ${source}: error converting YAML to JSON: ${problem.message}`)
    out.exit = 1
  }
  const objects: FileObject[] = []
  for (const document of manifest.documents) {
    if (document.isLab || document.object === null) continue
    const { kind, apiVersion } = document
    const info = findKind(apiVersion, kind)
    if (info) objects.push({ object: placed(k, document.object, info.namespaced), source })
    else {
      out.exit = 1
      if (kind === '')
        out.warn(
          `error: error validating ${JSON.stringify(source)}: error validating data: kind not set; if you choose to ignore these errors, turn validation off with --validate=false`,
        )
      else {
        const metadata: TemplateMeta | undefined = document.object.metadata
        out.warn(
          `error: resource mapping not found for name: ${JSON.stringify(metadata?.name ?? '')} namespace: ${JSON.stringify(metadata?.namespace ?? '')} from ${JSON.stringify(source)}: ` +
            `${noMatch(kind, apiVersion)}\nensure CRDs are installed first`,
        )
      }
    }
  }
  return objects
}

function placed(k: Kubectl, object: ApiObject, namespaced: boolean): ApiObject {
  if (!namespaced || object.metadata?.namespace) return object
  return { ...object, metadata: { ...object.metadata, namespace: k.namespace } }
}
