using Shop.AppHost.Infrastructure;

var builder = DistributedApplication.CreateBuilder(args);
builder.ExplainTrouble();
builder.AddStartReport();

// Redis, Postgres and RabbitMQ: containers where an engine answers, local server processes where none does.
var servers = builder.AddServers();

// Made at the first start and kept in the user secrets; given by configuration (Parameters:...) where the shop is deployed.
var personalDataKey = builder.AddParameter("personal-data-key-1", new GenerateParameterDefault { MinLength = 48, Special = false }, secret: true, persist: true);
var paymentWebhookKey = builder.AddParameter("payment-webhook-key", new GenerateParameterDefault { MinLength = 48, Special = false }, secret: true, persist: true);

var catalog = builder.AddProject<Projects.Shop_Catalog>("catalog")
    .WithHttpHealthCheck("/health")
    .WithUrlForEndpoint("grpc", url => url.DisplayText = "gRPC")
    .WithReference(servers.CatalogDb).WaitFor(servers.CatalogDb)
    .WithReference(servers.RabbitMQ).WaitFor(servers.RabbitMQ);

builder.AddProject<Projects.Shop_Cart>("cart")
    .WithHttpHealthCheck("/health")
    .WithEnvironment("Shop__PersonalData__Keys__1", personalDataKey)
    .WithEnvironment("Shop__PersonalData__CurrentKey", "1")
    .WithReference(servers.Redis).WaitFor(servers.Redis)
    .WithReference(servers.RabbitMQ).WaitFor(servers.RabbitMQ)
    .WithReference(catalog).WaitFor(catalog);

builder.AddProject<Projects.Shop_Orders>("orders")
    .WithHttpHealthCheck("/health")
    // To rotate: add a second key beside the first, then let it write, then take the first away (docs/personal-data.md).
    .WithEnvironment("Shop__PersonalData__Keys__1", personalDataKey)
    .WithEnvironment("Shop__PersonalData__CurrentKey", "1")
    .WithEnvironment("Payment__Webhook__Key", paymentWebhookKey)
    .WithReference(servers.OrdersDb).WaitFor(servers.OrdersDb)
    .WithReference(servers.RabbitMQ).WaitFor(servers.RabbitMQ)
    .WithReference(catalog).WaitFor(catalog);

builder.Build().Run();
