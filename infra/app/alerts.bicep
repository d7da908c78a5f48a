// Alerts, as rows: each has its section of that title in docs/operations.md, and looks for what
// sync/telemetry.py counts, the log tells, or the functions host says of what we can't.
param suffix string
param location string
param tags object
param workspaceId string
param operatorsId string

// Compared is the number of rows that a query gives. Severities: 1 is now, 2 today, 3 this week.
var alerts = [
  {
    name: 'poison'
    title: 'A job failed for good'
    severity: 1
    window: 'PT15M'
    operator: 'GreaterThan'
    threshold: 0
    query: 'union (AppMetrics | where Name == "connect_up.jobs" and Properties.outcome == "poisoned"), (AppTraces | where Message has "Moving message to queue" and Message has "-poison")'
  }
  {
    name: 'failures'
    title: 'Functions keep failing'
    severity: 2
    window: 'PT15M'
    operator: 'GreaterThan'
    threshold: 20
    query: 'AppRequests | where Success == false'
  }
  {
    name: 'sweep'
    title: 'The sweep stands still'
    severity: 1
    window: 'PT30M'
    operator: 'LessThan'
    threshold: 1
    query: 'AppMetrics | where Name == "connect_up.jobs" and Properties.cause == "sweep_shard" and Properties.outcome == "done"'
  }
  {
    name: 'secret'
    title: 'Microsoft refuses the connector'
    severity: 1
    window: 'PT15M'
    operator: 'GreaterThan'
    threshold: 0
    query: 'AppTraces | where Message == "graph.client_secret_refused"'
  }
  {
    name: 'side'
    title: 'A side fails'
    severity: 2
    window: 'PT15M'
    operator: 'GreaterThan'
    threshold: 0
    query: 'AppMetrics | where Name == "connect_up.calls" | summarize bad = sumif(Sum, Properties.outcome in ("failed", "unanswered")), every = sum(Sum) by side = tostring(Properties.side) | where every >= 50 and bad > 0.2 * every'
  }
  {
    name: 'throttles'
    title: 'A side throttles'
    severity: 3
    window: 'PT1H'
    operator: 'GreaterThan'
    threshold: 0
    query: 'AppMetrics | where Name == "connect_up.calls" | summarize bad = sumif(Sum, Properties.outcome == "throttled"), every = sum(Sum) by side = tostring(Properties.side) | where every >= 50 and bad > 0.1 * every'
  }
  {
    name: 'late'
    title: 'Changes take long'
    severity: 2
    window: 'PT1H'
    operator: 'GreaterThan'
    threshold: 0
    query: 'AppMetrics | where Name == "connect_up.changes" | summarize late = sumif(Sum, Properties.within in ("1h", "longer")), every = sum(Sum) | where every >= 20 and late > 0.1 * every'
  }
  {
    name: 'subscriptions'
    title: 'Subscriptions are not renewed'
    severity: 2
    window: 'PT1H'
    operator: 'GreaterThan'
    threshold: 0
    query: 'AppMetrics | where Name == "connect_up.subscriptions" and Properties.days_left in ("0", "ended") | summarize entries = sum(Sum) | where entries > 8'
  }
  {
    name: 'unforeseen'
    title: 'An error that nobody foresaw'
    severity: 3
    window: 'PT15M'
    operator: 'GreaterThan'
    threshold: 0
    query: 'AppTraces | where Message in ("sync.run_failed", "sync.call_failed", "sync.ask_failed", "function.failed")'
  }
  {
    name: 'consent'
    title: 'Many have to sign in again'
    severity: 2
    window: 'PT1H'
    operator: 'GreaterThan'
    threshold: 20
    query: 'AppTraces | where Message == "connection.reconnect_needed"'
  }
  {
    name: 'webhooks'
    title: 'Webhooks are not believed'
    severity: 2
    window: 'PT1H'
    operator: 'GreaterThan'
    threshold: 20
    query: 'AppTraces | where Message == "booking.webhook_untrusted"'
  }
  {
    name: 'mails'
    title: 'Mails are refused'
    severity: 3
    window: 'PT1H'
    operator: 'GreaterThan'
    threshold: 0
    query: 'AppMetrics | where Name == "connect_up.mails" and Properties.outcome == "refused" | summarize mails = sum(Sum) | where mails > 10'
  }
]

resource rules 'Microsoft.Insights/scheduledQueryRules@2023-03-15-preview' = [for alert in alerts: {
  name: 'alert-${alert.name}-${suffix}'
  location: location
  tags: tags
  kind: 'LogAlert'
  properties: {
    displayName: alert.title
    description: 'See docs/operations.md: ${alert.title}.'
    severity: alert.severity
    enabled: true
    scopes: [ workspaceId ]
    evaluationFrequency: 'PT15M'
    windowSize: alert.window
    criteria: {
      allOf: [
        {
          query: alert.query
          timeAggregation: 'Count'
          operator: alert.operator
          threshold: alert.threshold
        }
      ]
    }
    // A table exists only once the first entry has arrived.
    skipQueryValidation: true
    actions: { actionGroups: [ operatorsId ] }
  }
}]
