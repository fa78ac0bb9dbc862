import { type Result, err, ok } from '../../../base/result.ts'

export interface Url {
  readonly scheme: string
  readonly host: string
  readonly port: number
  /** Was the port written? It is part of the Host header then. */
  readonly explicitPort: boolean
  readonly target: string
  readonly text: string
}

/** `http://host:port/path?query`; `http://` may be missing. User names are dropped; IPv6 hosts are not taken. */
export function parseUrl(text: string): Result<Url, 'malformed' | { readonly scheme: string }> {
  const match = /^(?:([A-Za-z][A-Za-z0-9+.-]*):\/\/)?(?:[^/?#@]*@)?([^/?#:]*)(?::(\d*))?([/?][^#]*)?(#.*)?$/.exec(text)
  if (!match || match[2] === '') return err('malformed')
  const scheme = (match[1] ?? 'http').toLowerCase()
  if (scheme !== 'http' && scheme !== 'https') return err({ scheme })
  const port = match[3] ? Number(match[3]) : scheme === 'https' ? 443 : 80
  if (port < 1 || port > 65535) return err('malformed')
  const path = match[4] ?? '/'
  const target = (path.startsWith('/') ? path : `/${path}`).replaceAll(' ', '%20')
  return ok({
    scheme,
    host: match[2]!,
    port,
    explicitPort: Boolean(match[3]),
    target,
    text: match[1] ? text : `http://${text}`,
  })
}

const directoryOf = (path: string): string => path.slice(0, path.lastIndexOf('/') + 1)

/** Where a Location header leads. */
export function resolveUrl(base: Url, location: string): string {
  if (/^[A-Za-z][A-Za-z0-9+.-]*:\/\//.test(location)) return location
  const origin = `${base.scheme}://${base.host}${base.explicitPort ? `:${base.port}` : ''}`
  if (location.startsWith('/')) return origin + location
  return origin + directoryOf(base.target.replace(/[?].*$/, '')) + location
}
