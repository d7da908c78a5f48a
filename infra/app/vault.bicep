// Every secret setting, read by the functions through Key Vault references. A secret that is not
// given is not written: what the vault has stays.
param name string
param location string
param tags object
param principalId string

@description('default, or recover for a vault that was deleted: its name stays taken for 90 days.')
@allowed([ 'default', 'recover' ])
param createMode string

@secure()
param microsoftClientSecret string

@secure()
param bookingApiToken string

@secure()
param bookingOidcClientSecret string

@secure()
param bookingWebhookSecret string

@secure()
param tokenEncryptionKeys string

@secure()
param sessionSecret string

// Built-in role: Key Vault Secrets User.
var secretsUser = '4633458b-17de-408a-b874-0445c86b69e6'

resource vault 'Microsoft.KeyVault/vaults@2023-07-01' = {
  // checkov:skip=CKV_AZURE_109:references are resolved from Azure's own network; access is by role
  // checkov:skip=CKV_AZURE_189:the same
  name: name
  location: location
  tags: tags
  properties: {
    tenantId: subscription().tenantId
    createMode: createMode
    sku: {
      family: 'A'
      name: 'standard'
    }
    enableRbacAuthorization: true
    enableSoftDelete: true
    softDeleteRetentionInDays: 90
    enablePurgeProtection: true
    publicNetworkAccess: 'Enabled'
  }
}

resource microsoftClientSecretEntry 'Microsoft.KeyVault/vaults/secrets@2023-07-01' = if (!empty(microsoftClientSecret)) {
  // checkov:skip=CKV_AZURE_41:the secret's own issuer says when it ends
  parent: vault
  name: 'microsoft-client-secret'
  properties: {
    contentType: 'text/plain'
    value: microsoftClientSecret
  }
}

resource bookingApiTokenEntry 'Microsoft.KeyVault/vaults/secrets@2023-07-01' = if (!empty(bookingApiToken)) {
  // checkov:skip=CKV_AZURE_41:the secret's own issuer says when it ends
  parent: vault
  name: 'booking-api-token'
  properties: {
    contentType: 'text/plain'
    value: bookingApiToken
  }
}

resource bookingOidcClientSecretEntry 'Microsoft.KeyVault/vaults/secrets@2023-07-01' = if (!empty(bookingOidcClientSecret)) {
  // checkov:skip=CKV_AZURE_41:the secret's own issuer says when it ends
  parent: vault
  name: 'booking-oidc-client-secret'
  properties: {
    contentType: 'text/plain'
    value: bookingOidcClientSecret
  }
}

resource bookingWebhookSecretEntry 'Microsoft.KeyVault/vaults/secrets@2023-07-01' = if (!empty(bookingWebhookSecret)) {
  // checkov:skip=CKV_AZURE_41:the secret's own issuer says when it ends
  parent: vault
  name: 'booking-webhook-secret'
  properties: {
    contentType: 'text/plain'
    value: bookingWebhookSecret
  }
}

resource tokenEncryptionKeysEntry 'Microsoft.KeyVault/vaults/secrets@2023-07-01' = if (!empty(tokenEncryptionKeys)) {
  // checkov:skip=CKV_AZURE_41:an expired key would close every stored token; keys are rotated by hand
  parent: vault
  name: 'token-encryption-keys'
  properties: {
    contentType: 'text/plain'
    value: tokenEncryptionKeys
  }
}

resource sessionSecretEntry 'Microsoft.KeyVault/vaults/secrets@2023-07-01' = if (!empty(sessionSecret)) {
  // checkov:skip=CKV_AZURE_41:an expired secret would log everybody out; it is rotated by hand
  parent: vault
  name: 'session-secret'
  properties: {
    contentType: 'text/plain'
    value: sessionSecret
  }
}

resource role 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  scope: vault
  name: guid(vault.id, principalId, secretsUser)
  properties: {
    principalId: principalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', secretsUser)
  }
}

output name string = vault.name
