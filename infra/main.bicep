// Everything that Connect-Up for Outlook 365 runs on, in one resource group of its own.
// `azd up` deploys it; the parameters come from the azd environment (main.parameters.json), and what
// is not set there has the default that stands here. No output has the name of a parameter's variable:
// azd writes outputs into the environment, where they would count as set.
// An empty secret leaves what the vault has as it is.
targetScope = 'subscription'

@minLength(1)
@maxLength(40)
@description('Names the deployment; part of every resource name.')
param environmentName string

@minLength(1)
@description('Azure region of all resources; one that has Flex Consumption.')
param location string

@description('Where browsers, Microsoft Graph and the booking product reach the connector; empty means the address that Azure gives.')
param publicBaseUrl string = ''

@description('Application (client) id of the app registration in Entra ID.')
param microsoftClientId string

@secure()
@description('Client secret of the app registration.')
param microsoftClientSecret string = ''

@description('Entra ID authority; the default takes work and school accounts of every tenant.')
param microsoftAuthority string = '${environment().authentication.loginEndpoint}organizations'

@description('Base address of Microsoft Graph.')
param graphBaseUrl string = 'https://graph.microsoft.com/v1.0'

@description('Base address of the booking product\'s API.')
param bookingApiUrl string

@secure()
@description('Token of the booking product\'s API.')
param bookingApiToken string = ''

@description('OpenID Connect issuer of the booking product.')
param bookingOidcIssuer string

@description('Client id of the connector at that issuer.')
param bookingOidcClientId string

@secure()
@description('Client secret of the connector at that issuer.')
param bookingOidcClientSecret string = ''

@secure()
@description('Standard Webhooks secret, whsec_ and base64.')
param bookingWebhookSecret string = ''

@description('How calendars and mail name the booking product.')
param bookingProductName string = 'DaySmart Appointments'

@description('Short tag of the booking product.')
param bookingProductTag string = 'DA'

@description('Name of the host at the head of pages and mails; empty: the product\'s own.')
param hostName string = ''

@description('Address of a logo of the host, https; empty: the product\'s own.')
param hostLogoUrl string = ''

@description('Accent colour of the host, #rrggbb; empty: the product\'s own.')
param hostColour string = ''

@description('Where pages and mails send whoever needs help; empty: nowhere.')
param supportUrl string = ''

@description('The way back to the host; empty: none.')
param returnUrl string = ''

@description('Origins that may show the settings and plugin pages in a frame, blank separated; empty: none.')
param frameAncestors string = ''

@secure()
@description('Base64 keys of 32 bytes, comma separated: the first seals, all open.')
param tokenEncryptionKeys string = ''

@secure()
@description('Signs cookies and links.')
param sessionSecret string = ''

@minValue(1)
@maxValue(730)
@description('Length of the Window in days.')
param syncWindowDays int = 90

@minValue(1)
@maxValue(604800)
@description('The sweep wakes everybody not synced for so many seconds.')
param syncMaxAgeSeconds int = 3600

@minValue(0)
@maxValue(86400)
@description('Between the two looks that prove a deletion before an Appointment is cancelled.')
param cancelAfterSeconds int = 60

@minValue(1)
@maxValue(604800)
@description('How long cancellations that are held wait for the answer of the Staff Member.')
param heldForSeconds int = 86400

@minValue(0)
@maxValue(86400)
@description('From the first to the third look before a calendar or mailbox counts as lost.')
param lostAfterSeconds int = 600

@description('NCRONTAB of the sweep.')
param sweepSchedule string = '0 */5 * * * *'

@description('NCRONTAB of the renewal of subscriptions.')
param renewalSchedule string = '0 */15 * * * *'

@minValue(0)
@maxValue(100)
@description('Of a hundred traces of which nothing fails, how many are sent.')
param tracesKeptPercent int = 10

@description('An own domain for mail, to be verified before it is used; empty: the domain that Azure manages.')
param emailDomain string = ''

@description('The address that mail comes from; empty: DoNotReply on the domain that Azure manages.')
param emailSender string = ''

@description('Where mail is kept at rest; it can not be changed later.')
param emailDataLocation string = 'United States'

@allowed([ 'Standard_LRS', 'Standard_ZRS', 'Standard_GRS', 'Standard_GZRS' ])
@description('How often the storage keeps everything; regions without zones refuse the two with a Z.')
param storageRedundancy string = 'Standard_ZRS'

@minValue(1)
@maxValue(1000)
@description('Instances at most, for the HTTP functions together and for each other function by itself.')
param maximumInstanceCount int = 100

@minValue(0)
@maxValue(20)
@description('Instances that wait for HTTP requests day and night; each is paid for whether it works or not.')
param alwaysReadyHttpInstances int = 0

@allowed([ 'default', 'recover' ])
@description('Whether the vault is made or taken back after a deletion; the hook before sets it.')
param vaultCreateMode string = 'default'

@description('Who is told by the alerts; empty: nobody.')
param alertEmail string = ''

var tags = { 'azd-env-name': environmentName }
var suffix = uniqueString(subscription().id, environmentName, location)
var functionAppName = 'func-connectup-${suffix}'

resource group 'Microsoft.Resources/resourceGroups@2024-03-01' = {
  name: 'rg-${environmentName}'
  location: location
  tags: tags
}

module identity 'app/identity.bicep' = {
  name: 'identity'
  scope: group
  params: {
    name: 'id-connectup-${suffix}'
    location: location
    tags: tags
  }
}

module monitoring 'app/monitoring.bicep' = {
  name: 'monitoring'
  scope: group
  params: {
    suffix: suffix
    location: location
    tags: tags
    principalId: identity.outputs.principalId
    alertEmail: alertEmail
  }
}

module alerts 'app/alerts.bicep' = {
  name: 'alerts'
  scope: group
  params: {
    suffix: suffix
    location: location
    tags: tags
    workspaceId: monitoring.outputs.workspaceId
    operatorsId: monitoring.outputs.operatorsId
  }
}

module storage 'app/storage.bicep' = {
  name: 'storage'
  scope: group
  params: {
    name: 'stconnectup${take(suffix, 13)}'
    location: location
    tags: tags
    principalId: identity.outputs.principalId
    redundancy: storageRedundancy
  }
}

module vault 'app/vault.bicep' = {
  name: 'vault'
  scope: group
  params: {
    name: 'kv-cu-${suffix}'
    location: location
    tags: tags
    principalId: identity.outputs.principalId
    createMode: vaultCreateMode
    microsoftClientSecret: microsoftClientSecret
    bookingApiToken: bookingApiToken
    bookingOidcClientSecret: bookingOidcClientSecret
    bookingWebhookSecret: bookingWebhookSecret
    tokenEncryptionKeys: tokenEncryptionKeys
    sessionSecret: sessionSecret
  }
}

module mail 'app/mail.bicep' = {
  name: 'mail'
  scope: group
  params: {
    suffix: suffix
    tags: tags
    vaultName: vault.outputs.name
    dataLocation: emailDataLocation
    ownDomain: emailDomain
    sender: emailSender
  }
}

module functions 'app/function.bicep' = {
  name: 'functions'
  scope: group
  params: {
    name: functionAppName
    location: location
    tags: tags
    identityId: identity.outputs.id
    identityClientId: identity.outputs.clientId
    storageAccountName: storage.outputs.name
    deploymentContainerUrl: storage.outputs.deploymentContainerUrl
    applicationInsightsConnectionString: monitoring.outputs.connectionString
    vaultName: vault.outputs.name
    emailSender: mail.outputs.sender
    publicBaseUrl: empty(publicBaseUrl) ? 'https://${functionAppName}.azurewebsites.net' : publicBaseUrl
    microsoftClientId: microsoftClientId
    microsoftAuthority: microsoftAuthority
    graphBaseUrl: graphBaseUrl
    bookingApiUrl: bookingApiUrl
    bookingOidcIssuer: bookingOidcIssuer
    bookingOidcClientId: bookingOidcClientId
    bookingProductName: bookingProductName
    bookingProductTag: bookingProductTag
    hostName: hostName
    hostLogoUrl: hostLogoUrl
    hostColour: hostColour
    supportUrl: supportUrl
    returnUrl: returnUrl
    frameAncestors: frameAncestors
    syncWindowDays: syncWindowDays
    syncMaxAgeSeconds: syncMaxAgeSeconds
    cancelAfterSeconds: cancelAfterSeconds
    heldForSeconds: heldForSeconds
    lostAfterSeconds: lostAfterSeconds
    sweepSchedule: sweepSchedule
    renewalSchedule: renewalSchedule
    tracesKeptPercent: tracesKeptPercent
    maximumInstanceCount: maximumInstanceCount
    alwaysReadyHttpInstances: alwaysReadyHttpInstances
  }
}

output AZURE_RESOURCE_GROUP string = group.name
output AZURE_FUNCTION_APP_NAME string = functions.outputs.name
output AZURE_KEY_VAULT_NAME string = vault.outputs.name
output AZURE_EMAIL_SERVICE_NAME string = mail.outputs.serviceName
output AZURE_COMMUNICATION_NAME string = mail.outputs.communicationName
output CONNECTOR_URL string = functions.outputs.publicBaseUrl
output MAIL_COMES_FROM string = mail.outputs.sender
