import { hashText } from '../core/base/hash.ts'
import type { Lang } from '../i18n/texts.ts'
import { type Picture, readPicture } from '../worker/picture.ts'

/** A picture of a bundled lab, made by the build's own simulator, by the hash of the lab's text. */
interface Prepared {
  readonly hash: number
  readonly url: string
}
/** The build puts its pictures here (`vite.config.ts`); the development server has none. */
const PREPARED: readonly Prepared[] = []

/** A picture, and the markup of the page that shows it, in each language (`still/`). */
export interface Pictured {
  readonly picture: Picture
  readonly still: Readonly<Record<Lang, string>>
}

/** The picture of exactly this text; `null` where the build has none. Never rejects. */
export async function pictureOf(text: string): Promise<Pictured | null> {
  const hash = hashText(text)
  const prepared = PREPARED.find((one) => one.hash === hash)
  if (!prepared) return null
  try {
    const { still, ...written } = (await (await fetch(prepared.url)).json()) as { readonly picture: unknown } & Pick<
      Pictured,
      'still'
    >
    const picture = readPicture(written.picture)
    return picture.answer.text === text ? { picture, still } : null
  } catch {
    return null // The simulator shows it, a moment later.
  }
}
