using Shop.AppHost.Infrastructure;

var builder = DistributedApplication.CreateBuilder(args);
builder.ExplainTrouble();
builder.AddStartReport();

// Redis, Postgres and RabbitMQ: containers where an engine answers, local server processes where none does.
var servers = builder.AddServers();

var catalog = builder.AddProject<Projects.Shop_Catalog>("catalog")
    .WithHttpHealthCheck("/health")
    .WithUrlForEndpoint("grpc", url => url.DisplayText = "gRPC")
    .WithReference(servers.CatalogDb).WaitFor(servers.CatalogDb)
    .WithReference(servers.RabbitMQ).WaitFor(servers.RabbitMQ);

builder.AddProject<Projects.Shop_Cart>("cart")
    .WithHttpHealthCheck("/health")
    .WithReference(servers.Redis).WaitFor(servers.Redis)
    .WithReference(servers.RabbitMQ).WaitFor(servers.RabbitMQ)
    .WithReference(catalog).WaitFor(catalog);

builder.AddProject<Projects.Shop_Orders>("orders")
    .WithHttpHealthCheck("/health")
    .WithReference(servers.OrdersDb).WaitFor(servers.OrdersDb)
    .WithReference(servers.RabbitMQ).WaitFor(servers.RabbitMQ)
    .WithReference(catalog).WaitFor(catalog);

builder.Build().Run();
