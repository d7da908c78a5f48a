// E-mail: Communication Services with a domain that Azure manages and, where wanted, one of one's
// own; the connection string goes into the vault and nowhere else.
param suffix string
param tags object
param vaultName string

@description('Where mail is kept at rest.')
param dataLocation string

@description('An own domain; empty: none.')
param ownDomain string

@description('The address that mail comes from; empty: DoNotReply on the domain that Azure manages.')
param sender string

// A domain can be used once it is verified: it is linked when a sender on it is chosen.
var usesOwnDomain = !empty(ownDomain) && endsWith(toLower(sender), toLower('@${ownDomain}'))
// What is not made has to have a name all the same.
var ownDomainName = empty(ownDomain) ? 'example.invalid' : ownDomain
var senderName = usesOwnDomain ? split(sender, '@')[0] : 'donotreply'

resource emailService 'Microsoft.Communication/emailServices@2023-04-01' = {
  name: 'email-connectup-${suffix}'
  location: 'global'
  tags: tags
  properties: { dataLocation: dataLocation }
}

resource domain 'Microsoft.Communication/emailServices/domains@2023-04-01' = {
  parent: emailService
  name: 'AzureManagedDomain'
  location: 'global'
  tags: tags
  properties: {
    domainManagement: 'AzureManaged'
    userEngagementTracking: 'Disabled'
  }
}

resource own 'Microsoft.Communication/emailServices/domains@2023-04-01' = if (!empty(ownDomain)) {
  parent: emailService
  name: ownDomainName
  location: 'global'
  tags: tags
  properties: {
    domainManagement: 'CustomerManaged'
    userEngagementTracking: 'Disabled'
  }
}

// DoNotReply is there by itself on every domain.
resource ownSender 'Microsoft.Communication/emailServices/domains/senderUsernames@2023-04-01' = if (usesOwnDomain && toLower(senderName) != 'donotreply') {
  parent: own
  name: senderName
  properties: { username: senderName }
}

resource communication 'Microsoft.Communication/communicationServices@2023-04-01' = {
  name: 'acs-connectup-${suffix}'
  location: 'global'
  tags: tags
  properties: {
    dataLocation: dataLocation
    linkedDomains: usesOwnDomain ? [ domain.id, own.id ] : [ domain.id ]
  }
}

resource vault 'Microsoft.KeyVault/vaults@2023-07-01' existing = {
  name: vaultName
}

resource connectionString 'Microsoft.KeyVault/vaults/secrets@2023-07-01' = {
  // checkov:skip=CKV_AZURE_41:the service's key does not expire by itself
  parent: vault
  name: 'email-connection-string'
  properties: {
    contentType: 'text/plain'
    value: communication.listKeys().primaryConnectionString
  }
}

output serviceName string = emailService.name
output communicationName string = communication.name
output sender string = empty(sender) ? 'DoNotReply@${domain.properties.fromSenderDomain}' : sender
