import { translation } from '../catalogue.ts'
import { uiEn } from './en.ts'

export const uiZh = translation(uiEn)({
  language: '语言',
  'language-name': '中文',
})
