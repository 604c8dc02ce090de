import Theme from 'vitepress/theme-without-fonts';
import './keyferry.css';

export default Theme;
