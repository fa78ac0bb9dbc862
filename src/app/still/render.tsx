import './no-window.ts'
import { renderToStaticMarkup } from 'react-dom/server'
import { zh } from '../../i18n/all.zh.ts'
import { i18nOf, type Lang } from '../../i18n/texts.ts'
import type { Picture } from '../../worker/picture.ts'
import { LayoutMemory } from '../canvas/layout/memory.ts'
import { layout } from '../canvas/layout/scene.ts'
import { usePainted } from '../state/first-frame.ts'
import { useTexts } from '../state/i18n.ts'
import { useSettings } from '../state/settings.ts'
import { Still } from './Still.tsx'

/** A store as the renderer sees it: without a page it reads what stores began with. */
const begin = <T extends object>({ getInitialState }: { getInitialState: () => T }, state: Partial<T>): void =>
  void Object.assign(getInitialState(), state)

/** The page's first frame as markup, in each language. For the build: it changes what the page's stores began with. */
export function renderStill({ answer: { view, positions } }: Picture): Readonly<Record<Lang, string>> {
  const scene = layout(view.topology, new LayoutMemory(), positions)
  begin(usePainted, { painted: true })
  begin(useTexts, { zh: i18nOf('zh', zh) })
  const inLanguage = (lang: Lang): string => {
    begin(useSettings, { lang, outline: true, dock: true, unfolded: [] })
    return renderToStaticMarkup(<Still scene={scene} />)
  }
  return { en: inLanguage('en'), zh: inLanguage('zh') }
}
