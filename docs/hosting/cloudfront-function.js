// CloudFront, as a function for viewer requests: the page at the folder, and the folder where its slash is missing.
var FOLDER = '/playground';

function handler(event) {
  var request = event.request;
  if (request.uri === FOLDER + '/') request.uri = FOLDER + '/index.html';
  if (request.uri !== FOLDER) return request;
  var query = Object.keys(request.querystring).map(function (name) {
    var given = request.querystring[name];
    var values = given.multiValue || [given];
    return values.map(function (one) { return one.value === '' ? name : name + '=' + one.value; }).join('&');
  });
  return {
    statusCode: 302,
    statusDescription: 'Found',
    headers: { location: { value: FOLDER + '/' + (query.length ? '?' + query.join('&') : '') } },
  };
}
