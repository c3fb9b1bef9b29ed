export { queryString, request } from '../../../../web/page/request.ts';
