'use strict';
// Internet Explorer's `htmlfile` object, for browsers that have none: a document in a frame that nobody sees.
//
// The client asks for it with `new ActiveXObject('htmlfile')`, writes a page into it, puts itself into that page's window
// as `s`, and opens a frame there whose endless answer calls `parent.s._(…)`. The frame that streams is a real one.

window.ActiveXObject = function ActiveXObject(name) {
  if (name !== 'htmlfile') throw new Error(`no ActiveX object ${name}`);
  const frame = document.createElement('iframe');
  frame.style.display = 'none';
  document.body.appendChild(frame);
  const { contentDocument, contentWindow } = frame;
  contentDocument.parentWindow = contentWindow;
  return contentDocument;
};

// Called by the client after it has dropped the object.
window.CollectGarbage = () => {};
