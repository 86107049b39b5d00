'use strict';

module.exports = { imported: () => import('gatescope'), required: () => require('gatescope') };
