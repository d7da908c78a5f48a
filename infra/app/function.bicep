// The function app on Flex Consumption, with every setting of the connector.
param name string
param location string
param tags object
param identityId string
param identityClientId string
param storageAccountName string
param deploymentContainerUrl string
param applicationInsightsConnectionString string
param vaultName string
param emailSender string
param publicBaseUrl string
param microsoftClientId string
param microsoftAuthority string
param graphBaseUrl string
param bookingApiUrl string
param bookingOidcIssuer string
param bookingOidcClientId string
param bookingProductName string
param bookingProductTag string
param hostName string
param hostLogoUrl string
param hostColour string
param supportUrl string
param returnUrl string
param frameAncestors string
param syncWindowDays int
param syncMaxAgeSeconds int
param cancelAfterSeconds int
param heldForSeconds int
param lostAfterSeconds int
param sweepSchedule string
param renewalSchedule string
param tracesKeptPercent int
param maximumInstanceCount int
param alwaysReadyHttpInstances int

resource plan 'Microsoft.Web/serverfarms@2024-04-01' = {
  // checkov:skip=CKV_AZURE_225:zone redundancy costs instances that are always on
  name: 'plan-${name}'
  location: location
  tags: tags
  kind: 'functionapp'
  sku: {
    name: 'FC1'
    tier: 'FlexConsumption'
  }
  properties: { reserved: true }
}

resource app 'Microsoft.Web/sites@2024-04-01' = {
  // checkov:skip=CKV_AZURE_212:Flex Consumption starts its instances by need
  // checkov:skip=CKV_AZURE_213:Flex Consumption has no health check; /api/health is for a watcher outside
  // checkov:skip=CKV_AZURE_17:browsers and Microsoft Graph have no client certificate
  // checkov:skip=CKV_AZURE_222:browsers, Microsoft Graph and the booking product call from outside
  name: name
  location: location
  tags: union(tags, { 'azd-service-name': 'functions' })
  kind: 'functionapp,linux'
  identity: {
    type: 'UserAssigned'
    userAssignedIdentities: { '${identityId}': {} }
  }
  properties: {
    serverFarmId: plan.id
    httpsOnly: true
    keyVaultReferenceIdentity: identityId
    publicNetworkAccess: 'Enabled'
    siteConfig: {
      minTlsVersion: '1.2'
      scmMinTlsVersion: '1.2'
      ftpsState: 'Disabled'
      http20Enabled: true
      remoteDebuggingEnabled: false
      appSettings: [
        { name: 'AzureWebJobsStorage__accountName', value: storageAccountName }
        { name: 'AzureWebJobsStorage__credential', value: 'managedidentity' }
        { name: 'AzureWebJobsStorage__clientId', value: identityClientId }
        { name: 'AZURE_CLIENT_ID', value: identityClientId }
        { name: 'APPLICATIONINSIGHTS_CONNECTION_STRING', value: applicationInsightsConnectionString }
        { name: 'APPLICATIONINSIGHTS_AUTHENTICATION_STRING', value: 'ClientId=${identityClientId};Authorization=AAD' }
        // The functions export by themselves (sync/monitor.py): the worker only hands them the host's trace.
        { name: 'PYTHON_ENABLE_OPENTELEMETRY', value: 'true' }
        // What the exporter tells of itself costs as much as what it exports.
        { name: 'APPLICATIONINSIGHTS_OPENTELEMETRY_RESOURCE_METRIC_DISABLED', value: 'true' }
        { name: 'APPLICATIONINSIGHTS_SDKSTATS_DISABLED', value: 'true' }
        { name: 'AzureWebJobsDisableHomepage', value: 'true' }
        { name: 'PUBLIC_BASE_URL', value: publicBaseUrl }
        { name: 'GRAPH_BASE_URL', value: graphBaseUrl }
        { name: 'MICROSOFT_AUTHORITY', value: microsoftAuthority }
        { name: 'MICROSOFT_CLIENT_ID', value: microsoftClientId }
        { name: 'MICROSOFT_CLIENT_SECRET', value: '@Microsoft.KeyVault(VaultName=${vaultName};SecretName=microsoft-client-secret)' }
        { name: 'BOOKING_API_URL', value: bookingApiUrl }
        { name: 'BOOKING_API_TOKEN', value: '@Microsoft.KeyVault(VaultName=${vaultName};SecretName=booking-api-token)' }
        { name: 'BOOKING_OIDC_ISSUER', value: bookingOidcIssuer }
        { name: 'BOOKING_OIDC_CLIENT_ID', value: bookingOidcClientId }
        { name: 'BOOKING_OIDC_CLIENT_SECRET', value: '@Microsoft.KeyVault(VaultName=${vaultName};SecretName=booking-oidc-client-secret)' }
        { name: 'BOOKING_WEBHOOK_SECRET', value: '@Microsoft.KeyVault(VaultName=${vaultName};SecretName=booking-webhook-secret)' }
        { name: 'BOOKING_PRODUCT_NAME', value: bookingProductName }
        { name: 'BOOKING_PRODUCT_TAG', value: bookingProductTag }
        { name: 'HOST_NAME', value: hostName }
        { name: 'HOST_LOGO_URL', value: hostLogoUrl }
        { name: 'HOST_COLOUR', value: hostColour }
        { name: 'SUPPORT_URL', value: supportUrl }
        { name: 'RETURN_URL', value: returnUrl }
        { name: 'FRAME_ANCESTORS', value: frameAncestors }
        { name: 'EMAIL_CONNECTION_STRING', value: '@Microsoft.KeyVault(VaultName=${vaultName};SecretName=email-connection-string)' }
        { name: 'EMAIL_SENDER', value: emailSender }
        { name: 'TOKEN_ENCRYPTION_KEYS', value: '@Microsoft.KeyVault(VaultName=${vaultName};SecretName=token-encryption-keys)' }
        { name: 'SESSION_SECRET', value: '@Microsoft.KeyVault(VaultName=${vaultName};SecretName=session-secret)' }
        { name: 'SYNC_WINDOW_DAYS', value: string(syncWindowDays) }
        { name: 'SYNC_MAX_AGE_SECONDS', value: string(syncMaxAgeSeconds) }
        { name: 'CANCEL_AFTER_SECONDS', value: string(cancelAfterSeconds) }
        { name: 'HELD_FOR_SECONDS', value: string(heldForSeconds) }
        { name: 'LOST_AFTER_SECONDS', value: string(lostAfterSeconds) }
        { name: 'SWEEP_SCHEDULE', value: sweepSchedule }
        { name: 'RENEWAL_SCHEDULE', value: renewalSchedule }
        { name: 'TRACES_KEPT_PERCENT', value: string(tracesKeptPercent) }
      ]
    }
    functionAppConfig: {
      deployment: {
        storage: {
          type: 'blobContainer'
          value: deploymentContainerUrl
          authentication: {
            type: 'UserAssignedIdentity'
            userAssignedIdentityResourceId: identityId
          }
        }
      }
      scaleAndConcurrency: {
        maximumInstanceCount: maximumInstanceCount
        instanceMemoryMB: 2048
        alwaysReady: alwaysReadyHttpInstances == 0 ? [] : [
          {
            name: 'http'
            instanceCount: alwaysReadyHttpInstances
          }
        ]
        triggers: {
          http: { perInstanceConcurrency: 16 }
        }
      }
      runtime: {
        name: 'python'
        version: '3.13'
      }
    }
  }
}

resource noFtpPasswords 'Microsoft.Web/sites/basicPublishingCredentialsPolicies@2024-04-01' = {
  parent: app
  name: 'ftp'
  properties: { allow: false }
}

resource noDeploymentPasswords 'Microsoft.Web/sites/basicPublishingCredentialsPolicies@2024-04-01' = {
  parent: app
  name: 'scm'
  properties: { allow: false }
}

output name string = app.name
output publicBaseUrl string = publicBaseUrl
