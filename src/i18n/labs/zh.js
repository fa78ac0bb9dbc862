import { translation } from '../catalogue.ts';
import { labsEn } from './en.ts';
export const labsZh = translation(labsEn)({
    heading: '实验',
    open: '打开“{title}”',
    running: '“{title}”正在运行。',
    unavailable: '无法读取实验列表：{detail}',
    machines: { other: '{n} 台机器' },
});
