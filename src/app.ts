/** The application: every route, mounted where the contract has it. */
import { TrieRouter } from 'hono/router/trie-router'
import { answerUnknown } from './allowed-methods.ts'
import { answerFault } from './fault.ts'
import { routes } from './openapi.ts'
import { RememberingRouter } from './remembering-router.ts'
import { requestIds } from './request-id.ts'
import { documentRoutes } from './routes/document.ts'
import { executionRoutes } from './routes/executions.ts'
import { flowRoutes } from './routes/flows.ts'
import { healthRoutes } from './routes/health.ts'
import { historyRoutes } from './routes/histories.ts'
import { indexCareRoutes } from './routes/index-care.ts'
import { keyRoutes } from './routes/keys.ts'
import { listingRoutes } from './routes/listing.ts'
import { organisationRoutes } from './routes/organisations.ts'
import { promiseRoutes } from './routes/promises.ts'
import { queueRoutes } from './routes/queues.ts'
import { recordRoutes } from './routes/records.ts'
import { reportSocketRoutes } from './routes/report-sockets.ts'
import { signalRoutes } from './routes/signals.ts'
import { stateRoutes } from './routes/states.ts'
import { steeringRoutes } from './routes/steering.ts'
import { streamRoutes } from './routes/streams.ts'
import { workerDoorRoutes } from './routes/worker-doors.ts'
import { workerQueueRoutes } from './routes/worker-queues.ts'

const organisation = '/api/orgs/:org'

export const app = routes(new RememberingRouter(new TrieRouter()))
app.use(requestIds)
app.onError(answerFault)
app.notFound(answerUnknown(app))
app.openAPIRegistry.registerComponent('securitySchemes', 'key', { type: 'http', scheme: 'bearer' })
app.route('/', healthRoutes)
app.route('/', documentRoutes(app))
app.route(organisation, organisationRoutes)
app.route(organisation, keyRoutes)
app.route(organisation, indexCareRoutes)
app.route(organisation, listingRoutes)
app.route(organisation, executionRoutes)
app.route(organisation, signalRoutes)
app.route(organisation, promiseRoutes)
app.route(organisation, steeringRoutes)
app.route(organisation, historyRoutes)
app.route(organisation, recordRoutes)
app.route(organisation, stateRoutes)
app.route(organisation, flowRoutes)
app.route(organisation, queueRoutes)
app.route(organisation, streamRoutes)
app.route(organisation, workerDoorRoutes)
app.route(organisation, workerQueueRoutes)
app.route(organisation, reportSocketRoutes)
