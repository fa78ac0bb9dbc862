import { translation } from '../catalogue.ts';
import { shareErrorsEn } from './share.en.ts';
export const shareErrorsZh = translation(shareErrorsEn)({
    'share-empty': '链接里没有实验。',
    'share-not-a-link': '链接中 # 之后的部分不是 Hopscope 实验。',
    'share-characters': '链接已损坏：第 {position} 个字符不可能出现在 Hopscope 链接中。',
    'share-truncated': '链接不完整，请复制整个链接；有些程序会截断长链接。',
    'share-checksum': '链接已损坏：校验和与内容不符。',
    'share-too-large': '链接的内容超过 {limit} 字节，不可能是实验，因此没有打开。',
    'share-future-version': '链接由更新的 Hopscope 生成（链接格式 {version}，当前最高支持 {known}）。',
    'share-not-a-lab': '链接里有一段文本，但它不是实验。',
});
