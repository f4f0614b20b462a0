using Microsoft.EntityFrameworkCore;
using Shop.Contracts;
using Shop.Contracts.Journeys;
using Shop.Contracts.Messages;
using Shop.Orders.Data;
using Shop.Orders.Ordering;
using Shop.Orders.Payment;
using Shop.Orders.Payment.Webhook;
using Shop.Orders.Recipients;

var builder = WebApplication.CreateBuilder(args);
builder.AddServiceDefaults();
builder.AddShopJourneyKeys();
builder.AddCriticalRoute("payment", route: "/payments?/confirm$", @event: @"^payment\.");
builder.AddCriticalRoute("refund", route: @"/orders?/(\{[^/]+\}/)?refund$", @event: @"^(refund\.|order\.refunded$)");
builder.AddPostgres<OrdersDbContext>("ordersdb");
builder.AddRecipients();
builder.AddOrdering();
builder.AddPayment();
builder.AddMessaging(MessageSubscribers.All, messages => messages
    .AddHandler<CheckoutSubmitted, CheckoutSubmittedHandler>(partitionKey: checkout => checkout.OrderId)
    .RetryImmediately<DbUpdateConcurrencyException>());
builder.Services.AddValidation(); // Must be called here: the validation source generator only sees the calling project.
builder.Services.AddOpenApi(document => document.AddCommonResponses());

var app = builder.Build();
app.UseServiceDefaults();
app.MapDefaultEndpoints();
app.MapApiReference();
app.MapOrders();
app.MapRecipients();
app.MapPaymentWebhook();
app.Run();
