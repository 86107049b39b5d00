import 'gatescope';
import './element.js';
