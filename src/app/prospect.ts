import { openLink } from '../worker/link.ts'
import { isInPicture } from '../worker/picture.ts'
import { pictureOf } from './pictures.ts'
import type { Prospect } from './state/session.ts'

/** What a link will show, where the build knows it already. Never rejects. */
export async function prospectOf(fragment: string): Promise<Prospect | null> {
  const shared = await openLink(fragment)
  const picture = shared.ok && (await pictureOf(shared.value.text))
  if (!picture) return null
  const cursor = shared.value.cursor ?? picture.answer.cursor
  return isInPicture(picture, cursor) ? { picture, cursor } : null
}
