// E-mail: Communication Services with a domain that Azure manages; its connection string goes
// into the vault and nowhere else.
param suffix string
param tags object
param vaultName string

@description('Where mail is kept at rest.')
param dataLocation string = 'United States'

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

resource communication 'Microsoft.Communication/communicationServices@2023-04-01' = {
  name: 'acs-connectup-${suffix}'
  location: 'global'
  tags: tags
  properties: {
    dataLocation: dataLocation
    linkedDomains: [ domain.id ]
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

output sender string = 'DoNotReply@${domain.properties.fromSenderDomain}'
